//! What stages may use at the same time: cores, memory, named resources.

use std::collections::{BTreeMap, BinaryHeap};

use mlops_core::{ByteSize, Policy};

/// What a machine, or a profile, offers.
#[derive(Debug, Clone, PartialEq)]
pub struct Resources {
    /// Cores.
    pub cpus: f64,
    /// Memory in bytes.
    pub memory: u64,
    /// Named resources, such as `gpu`.
    pub named: BTreeMap<String, f64>,
}

impl Default for Resources {
    /// All cores and all memory of this machine.
    fn default() -> Self {
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cpus: cpus as f64,
            memory: machine_memory().unwrap_or(u64::MAX),
            named: BTreeMap::new(),
        }
    }
}

/// An amount of memory in words, in whole MiB where it has any.
fn said(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    let shown = if bytes > MIB {
        bytes / MIB * MIB
    } else {
        bytes
    };
    ByteSize::from_bytes(shown).map_or_else(|| "none".to_owned(), |size| size.to_string())
}

/// The memory of this machine, in bytes, where the system says it.
#[expect(
    clippy::disallowed_methods,
    reason = "the kernel's own file, not data of anybody"
)]
fn machine_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

impl Resources {
    /// What a stage asks for and this could never give, in words.
    pub fn lacks(&self, policy: &Policy) -> Option<String> {
        if policy.memory > self.memory {
            return Some(format!(
                "it needs {} of memory, there are {}",
                said(policy.memory),
                said(self.memory)
            ));
        }
        policy.resources.iter().find_map(|(name, amount)| {
            let offered = self.named.get(*name).copied().unwrap_or(0.0);
            (*amount > offered).then(|| {
                format!(
                    "it needs {amount} of `{name}`, the profile offers {offered}: set resources.{name}"
                )
            })
        })
    }

    /// What a stage takes: never more cores than there are, so that a stage made for a larger machine runs alone.
    fn share(&self, policy: &Policy) -> Self {
        Self {
            cpus: policy.cpus.min(self.cpus),
            memory: policy.memory,
            named: policy
                .resources
                .iter()
                .map(|(name, amount)| ((*name).to_owned(), *amount))
                .collect(),
        }
    }

    /// Whether a share is free. The tolerance absorbs the rounding of fractions that were taken and given back.
    fn fits(&self, share: &Self) -> bool {
        const TOLERANCE: f64 = 1e-9;
        share.cpus <= self.cpus + TOLERANCE
            && share.memory <= self.memory
            && share.named.iter().all(|(name, amount)| {
                *amount <= self.named.get(name).copied().unwrap_or(0.0) + TOLERANCE
            })
    }

    fn take(&mut self, share: &Self) {
        self.cpus -= share.cpus;
        self.memory -= share.memory;
        for (name, amount) in &share.named {
            *self.named.entry(name.clone()).or_default() -= amount;
        }
    }

    fn give_back(&mut self, share: &Self) {
        self.cpus += share.cpus;
        self.memory += share.memory;
        for (name, amount) in &share.named {
            *self.named.entry(name.clone()).or_default() += amount;
        }
    }
}

/// Ready calls, longest path first, in one queue for each kind of share: choosing the next costs the number of kinds, not
/// the number of calls.
#[derive(Debug)]
pub(crate) struct ReadyQueue {
    total: Resources,
    free: Resources,
    kinds: Vec<Kind>,
    by_policy: BTreeMap<String, usize>,
}

#[derive(Debug)]
struct Kind {
    share: Resources,
    /// Longest path, then the earliest in the pipeline.
    calls: BinaryHeap<(u32, std::cmp::Reverse<usize>)>,
}

impl ReadyQueue {
    pub(crate) fn new(total: Resources) -> Self {
        Self {
            free: total.clone(),
            total,
            kinds: Vec::new(),
            by_policy: BTreeMap::new(),
        }
    }

    fn kind(&mut self, policy: &Policy) -> usize {
        let share = self.total.share(policy);
        let kinds = &mut self.kinds;
        *self
            .by_policy
            .entry(format!("{share:?}"))
            .or_insert_with(|| {
                kinds.push(Kind {
                    share,
                    calls: BinaryHeap::new(),
                });
                kinds.len() - 1
            })
    }

    pub(crate) fn push(&mut self, call: usize, longest_path: u32, policy: &Policy) {
        let kind = self.kind(policy);
        self.kinds[kind]
            .calls
            .push((longest_path, std::cmp::Reverse(call)));
    }

    /// Takes the next call whose share is free, and its share.
    pub(crate) fn pop(&mut self) -> Option<usize> {
        let free = &self.free;
        let best = self
            .kinds
            .iter()
            .enumerate()
            .filter(|(_, kind)| free.fits(&kind.share))
            .filter_map(|(index, kind)| Some((*kind.calls.peek()?, index)))
            .max()?
            .1;
        let (_, std::cmp::Reverse(call)) = self.kinds[best].calls.pop()?;
        let share = self.kinds[best].share.clone();
        self.free.take(&share);
        Some(call)
    }

    /// Gives back the share of a call that ended.
    pub(crate) fn release(&mut self, policy: &Policy) {
        let kind = self.kind(policy);
        let share = self.kinds[kind].share.clone();
        self.free.give_back(&share);
    }

    /// Takes all that is ready away: nothing more will start.
    pub(crate) fn drain(&mut self) -> Vec<usize> {
        self.kinds
            .iter_mut()
            .flat_map(|kind| kind.calls.drain())
            .map(|(_, std::cmp::Reverse(call))| call)
            .collect()
    }
}
