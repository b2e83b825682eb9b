//! How much memory this process takes at its most.

/// The memory of this process at its most while `work` ran, beyond what it had before, and in all.
pub(crate) fn peak(work: impl FnOnce()) -> (u64, u64) {
    let kilobytes = |key: &str| -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.unwrap_or(0)
    };
    // Sets the mark back; where that is not allowed, an earlier peak could only make a test stricter.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = kilobytes("VmRSS:");
    work();
    let most = kilobytes("VmHWM:");
    (most.saturating_sub(before) * 1024, most * 1024)
}
