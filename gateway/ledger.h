#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace mercaptan::gateway {

/// Which writes are known to survive a power cut. Thread-safe.
///
/// A ticket is drawn after its write returned, so a sync that began when the ticket was out covers
/// that write.
class Ledger {
public:
    [[nodiscard]] std::uint64_t wrote() { return written_.fetch_add(1) + 1; }
    [[nodiscard]] std::uint64_t written() const { return written_.load(); }
    [[nodiscard]] std::uint64_t synced() const { return synced_.load(); }
    [[nodiscard]] bool dirty() const { return synced() < written(); }
    /// `ticket` was `written()` before the sync began.
    void synced_to(std::uint64_t ticket) {
        std::uint64_t known = synced_.load();
        while (known < ticket && !synced_.compare_exchange_weak(known, ticket)) {
        }
    }

private:
    std::atomic<std::uint64_t> written_{0};
    std::atomic<std::uint64_t> synced_{0};
};

}  // namespace mercaptan::gateway
