#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "common/domain/instant.h"
#include "common/metrics/metrics.h"
#include "gateway/gateway.h"
#include "gateway/io/clock.h"

namespace mercaptan::gateway {

/// The two threads of a Gateway: one runs its rounds, one makes what was stored survive a power
/// cut.
///
/// A failed write or sync ends the process at once: it may or may not be on disk, and only a
/// restart from disk can tell. Nothing is acknowledged after it.
class Runner {
public:
    static constexpr int kExitStoreFailed = 74;  // EX_IOERR; the supervisor restarts us.

    Runner(Gateway& gateway, Clock& clock, Duration sync_interval, metrics::Registry& metrics);
    ~Runner();  // Stops.
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    void start();
    /// Deals with everything that was taken in, commits, syncs and returns; call it when nothing is
    /// taken in any more.
    void stop();

    // From any thread.

    /// There is work for the loop; urgent work does not wait for company.
    void wake(bool urgent);
    /// Something was stored without a sync.
    void stored();

    [[noreturn]] static void fail(const Error& error);

private:
    using Steady = std::chrono::steady_clock;

    void loop();
    void wait(Instant now);
    void sync_loop();
    void sync_once();

    Gateway& gateway_;
    Clock& clock_;
    const Duration sync_interval_;
    metrics::Histogram& round_seconds_;
    metrics::Histogram& sync_seconds_;
    metrics::Histogram& exposed_seconds_;

    std::mutex mutex_;
    std::condition_variable work_;
    bool woken_ = false;
    bool urgent_ = false;
    std::atomic<bool> stopping_{false};
    Steady::time_point round_began_{};

    std::mutex sync_mutex_;
    std::condition_variable dirty_wake_;
    std::atomic<bool> dirty_{false};
    Steady::time_point dirty_since_{};
    bool sync_stopping_ = false;

    std::thread loop_thread_;
    std::thread sync_thread_;
};

}  // namespace mercaptan::gateway
