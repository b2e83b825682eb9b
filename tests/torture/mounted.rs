//! File systems that are as small or as locked as a test needs, in a namespace of their own, by root and by anybody.

use std::process::Command;

use super::program::{Ended, Place};

/// A command line that runs in a namespace in which it may mount.
#[derive(Debug)]
pub(super) struct Mounted {
    size: u32,
}

impl Mounted {
    /// A file system in memory of so many KiB.
    pub(super) fn tmpfs(size: u32) -> Self {
        Self { size }
    }

    /// Runs a script in the namespace, in which `$STORE` is the place's store, `$PROGRAM` the program.
    ///
    /// # Panics
    /// The machine lets nobody mount.
    fn script(place: &Place, script: &str) -> Vec<Ended> {
        // Root may mount in a namespace of mounts; anybody else is root in a namespace of users, where that is allowed.
        let ways: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
        let mut refused = Vec::new();
        for way in ways {
            let mut command = Command::new("unshare");
            command.args(way).args(["sh", "-eu", "-c", script]);
            place.settle(&mut command);
            command
                .env("STORE", place.store())
                .env("PROGRAM", env!("CARGO_BIN_EXE_torture"));
            let output = command.output().expect("unshare is part of util-linux");
            if output.status.success() {
                return (1..).map_while(|number| ended(place, number)).collect();
            }
            refused.push(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        panic!("this machine lets nobody mount: {refused:?}");
    }

    /// Runs the pipeline on a file system of this size, and again on the same one with room for everything.
    pub(super) fn with_more_space_the_second_time(&self, place: &Place) -> [Ended; 2] {
        let size = self.size;
        let script = format!(
            r#"
            mkdir -p "$STORE"
            mount -t tmpfs -o size={size}k none "$STORE"
            run() {{
                code=0
                "$PROGRAM" run --json >said.$1 2>told.$1 || code=$?
                echo $code >code.$1
            }}
            run 1
            mount -o remount,size=64m "$STORE"
            run 2
            "#
        );
        let ended = Self::script(place, &script);
        ended.try_into().expect("two runs")
    }
}

/// What a numbered program of a script said.
fn ended(place: &Place, number: u32) -> Option<Ended> {
    let read = |name: &str| std::fs::read(place.folder().join(format!("{name}.{number}"))).ok();
    let code: i32 = String::from_utf8(read("code")?).ok()?.trim().parse().ok()?;
    let said = String::from_utf8(read("said")?).ok()?;
    let lines = said
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    Some(Ended {
        code: Some(code),
        lines: lines.collect(),
        told: String::from_utf8(read("told")?).ok()?,
        said,
    })
}

/// Runs programs on a store that is mounted so that nothing in it can be written.
pub(super) fn read_only(place: &Place, commands: &[&str]) -> Vec<Ended> {
    let mut script = String::from(
        r#"
        mount --bind "$STORE" "$STORE"
        mount -o remount,bind,ro "$STORE"
        "#,
    );
    for (number, command) in (1..).zip(commands) {
        script.push_str(&format!(
            "code=0; \"$PROGRAM\" {command} >said.{number} 2>told.{number} || code=$?; echo $code >code.{number}\n"
        ));
    }
    Mounted::script(place, &script)
}
