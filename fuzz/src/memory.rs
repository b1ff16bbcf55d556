//! A limit on the memory that something may take at its peak.

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Does something, and fails if it took more bytes at its peak than this, beyond what there was before.
pub fn within<T>(bytes: usize, does: impl FnOnce() -> T) -> T {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let done = does();
    let taken = ALLOCATOR.peak_usage().saturating_sub(before);
    assert!(taken <= bytes, "{taken} bytes were taken, which is more than {bytes}");
    done
}
