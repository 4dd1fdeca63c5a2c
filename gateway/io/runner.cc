#include "gateway/io/runner.h"

#include <algorithm>
#include <cstdlib>

#include "common/log/log.h"

namespace mercaptan::gateway {
namespace {

using namespace std::chrono_literals;

/// Rounds for bulk messages alone are at least so far apart: waking for each one would cost more
/// than the work.
constexpr auto kBulkPause = 200us;
/// The wall clock may be set: deadlines are looked at anew at least so often.
constexpr auto kWaitMax = 500ms;

double seconds(std::chrono::steady_clock::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

Runner::Runner(Gateway& gateway, Clock& clock, Duration sync_interval, metrics::Registry& metrics)
    : gateway_{gateway},
      clock_{clock},
      sync_interval_{sync_interval},
      round_seconds_{
          metrics.histogram("mercaptan_gateway_round_seconds", "Time of one round of the loop")},
      sync_seconds_{
          metrics.histogram("mercaptan_gateway_sync_seconds", "Time of one sync of the store")},
      exposed_seconds_{metrics.histogram("mercaptan_gateway_exposed_seconds",
                                         "From the first unsynced write to the end of its sync: "
                                         "what a power cut can take of bulk messages")} {}

Runner::~Runner() {
    stop();
}

void Runner::fail(const Error& error) {
    log::error("the store failed, ending at once reason={}", log::quote(error.message));
    log::flush();
    std::_Exit(kExitStoreFailed);
}

void Runner::start() {
    loop_thread_ = std::thread{[this] { loop(); }};
    sync_thread_ = std::thread{[this] { sync_loop(); }};
}

void Runner::stop() {
    if (!loop_thread_.joinable()) return;
    stopping_ = true;
    wake(true);
    loop_thread_.join();
    {
        const std::lock_guard lock{sync_mutex_};
        sync_stopping_ = true;
    }
    dirty_wake_.notify_one();
    sync_thread_.join();
    sync_once();
}

void Runner::wake(bool urgent) {
    {
        const std::lock_guard lock{mutex_};
        woken_ = true;
        urgent_ = urgent_ || urgent;
    }
    work_.notify_one();
}

void Runner::stored() {
    if (dirty_.exchange(true)) return;
    {
        const std::lock_guard lock{sync_mutex_};
        dirty_since_ = Steady::now();
    }
    dirty_wake_.notify_one();
}

void Runner::loop() {
    // Ends when nothing is left that a restart would have to do again.
    while (!stopping_ || !gateway_.idle()) {
        const Instant now = clock_.now();
        round_began_ = Steady::now();
        if (auto done = gateway_.round(now); !done) fail(done.error());
        round_seconds_.observe(seconds(Steady::now() - round_began_));
        if (gateway_.sync_due()) stored();
        wait(now);
    }
}

void Runner::wait(Instant now) {
    const auto deadline = gateway_.next_deadline();
    auto until = Steady::now() + kWaitMax;
    if (deadline) until = std::min(until, Steady::now() + std::max(*deadline - now, Duration{0}));
    std::unique_lock lock{mutex_};
    work_.wait_until(lock, until, [this] { return woken_; });
    work_.wait_until(lock, round_began_ + kBulkPause, [this] { return urgent_; });
    woken_ = false;
    urgent_ = false;
}

void Runner::sync_loop() {
    Steady::time_point last_sync{};
    while (true) {
        std::unique_lock lock{sync_mutex_};
        dirty_wake_.wait(lock, [this] { return dirty_ || sync_stopping_; });
        if (sync_stopping_) return;
        dirty_wake_.wait_until(lock, last_sync + sync_interval_, [this] { return sync_stopping_; });
        if (sync_stopping_) return;
        lock.unlock();
        last_sync = Steady::now();
        sync_once();
        wake(false);
    }
}

void Runner::sync_once() {
    Steady::time_point dirty_since;
    {
        const std::lock_guard lock{sync_mutex_};
        dirty_since = dirty_since_;
    }
    // Before the sync: what is stored during it needs the next one.
    dirty_ = false;
    const auto began = Steady::now();
    if (auto synced = gateway_.sync(); !synced) fail(synced.error());
    const auto ended = Steady::now();
    sync_seconds_.observe(seconds(ended - began));
    if (dirty_since != Steady::time_point{}) exposed_seconds_.observe(seconds(ended - dirty_since));
}

}  // namespace mercaptan::gateway
