//! A sandbox for this process: from here on the kernel opens only what the stage declared.

use super::allowed::Allowed;

/// What the kernel refuses here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refuses {
    /// Connections to other ports than the declared ones; older kernels know files only.
    pub(super) connections: bool,
}

/// Refuses to this thread, and to all that it will start, whatever is not allowed. It cannot be undone.
///
/// # Errors
/// The kernel has no sandbox, or it is switched off: then nothing is refused, and nothing must be claimed.
#[cfg(target_os = "linux")]
pub(super) fn enter(allowed: &Allowed) -> Result<Refuses, String> {
    linux::enter(allowed)
}

/// Refuses to this thread, and to all that it will start, whatever is not allowed. It cannot be undone.
///
/// # Errors
/// The system has no sandbox that we know.
#[cfg(not(target_os = "linux"))]
pub(super) fn enter(_allowed: &Allowed) -> Result<Refuses, String> {
    Err("only Linux has the sandbox that is used, Landlock".to_owned())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::Path;

    use landlock::{
        ABI, Access, AccessFs, AccessNet, LandlockStatus, NetPort, RestrictionStatus, Ruleset,
        RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
    };

    use super::Refuses;
    use crate::verify::allowed::Allowed;

    /// The newest form whose meaning we know; older kernels refuse as much of it as they can.
    const KNOWN: ABI = ABI::V6;
    /// Since when connections can be refused.
    const CONNECTIONS: ABI = ABI::V4;

    pub(super) fn enter(allowed: &Allowed) -> Result<Refuses, String> {
        let status = restrict(allowed).map_err(|error| error.to_string())?;
        judge(&status.ruleset, &status.landlock)
    }

    fn restrict(allowed: &Allowed) -> Result<RestrictionStatus, RulesetError> {
        let read = AccessFs::ReadFile | AccessFs::ReadDir;
        // Nothing may be executed, not even what the stage wrote itself.
        let own = AccessFs::from_all(KNOWN) & !AccessFs::Execute;
        let ports = allowed
            .ports()
            .map(|port| Ok::<_, RulesetError>(NetPort::new(port, AccessNet::ConnectTcp)));
        Ruleset::default()
            .handle_access(AccessFs::from_all(KNOWN))?
            .handle_access(AccessNet::from_all(KNOWN))?
            .scope(Scope::from_all(KNOWN))?
            .create()?
            .add_rules(path_beneath_rules(allowed.readable(), read))?
            .add_rules(path_beneath_rules(allowed.own(), own))?
            .add_rules(path_beneath_rules(
                [Path::new("/dev/null")],
                read | AccessFs::WriteFile,
            ))?
            .add_rules(ports)?
            .restrict_self()
    }

    fn judge(ruleset: &RulesetStatus, kernel: &LandlockStatus) -> Result<Refuses, String> {
        match kernel {
            LandlockStatus::NotImplemented => Err(
                "this kernel has no Landlock, which came with Linux 5.13".to_owned(),
            ),
            LandlockStatus::NotEnabled => Err(
                "this kernel has Landlock, and it is switched off: `landlock` must stand in `lsm=` on its command line"
                    .to_owned(),
            ),
            _ if *ruleset == RulesetStatus::NotEnforced => {
                Err("this kernel has Landlock, and enforced none of the rules".to_owned())
            }
            LandlockStatus::Available { effective_abi, .. } => Ok(Refuses {
                connections: *effective_abi >= CONNECTIONS,
            }),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_kernel_that_refuses_nothing_is_an_error_and_an_old_one_says_what_it_lacks() {
            let available = |effective_abi| LandlockStatus::Available {
                effective_abi,
                kernel_abi: None,
            };
            let full = RulesetStatus::FullyEnforced;
            let none = RulesetStatus::NotEnforced;
            let missing = judge(&none, &LandlockStatus::NotImplemented).unwrap_err();
            assert!(missing.contains("no Landlock"), "{missing}");
            let off = judge(&none, &LandlockStatus::NotEnabled).unwrap_err();
            assert!(off.contains("switched off"), "{off}");
            assert!(judge(&none, &available(ABI::V7)).is_err());
            let new = judge(&full, &available(ABI::V7)).unwrap();
            assert!(new.connections);
            let old = judge(&RulesetStatus::PartiallyEnforced, &available(ABI::V3)).unwrap();
            assert!(!old.connections);
        }
    }
}
