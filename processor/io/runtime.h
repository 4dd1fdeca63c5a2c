#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/metrics/metrics.h"
#include "common/store/store.h"
#include "processor/io/effect_sender.h"
#include "processor/io/loop_clock.h"
#include "processor/processor.h"

namespace mercaptan::processor {

/// The threads around a Processor: one steps it, one commits. While a commit is being synced the
/// next one fills; what a commit wants sent leaves when its sync has returned.
///
/// A failed write ends the process at once (exit status 74): it may or may not be on disk, and only
/// a restart from disk can tell.
class Runtime {
public:
    static constexpr int kExitStoreFailed = 74;  // EX_IOERR; the supervisor restarts us.
    static constexpr std::size_t kBulkBytesMax =
        256U << 20;                             // Waiting; beyond, the gateway sends again.
    static constexpr Duration kCommitEvery{1};  // Without an emergency.
    static constexpr Duration kGaugesEvery{250};

    using Done = std::function<void(CommandOutcome)>;
    using OnFeed = std::function<void(const FeedEntry&)>;

    struct Parts {
        std::unique_ptr<Processor> processor;
        store::Store& store;
        metrics::Registry& metrics;
        EffectSender::Publish publish;
        OnFeed on_feed;  // From the committing thread, in order, after the commit.
    };
    explicit Runtime(Parts parts);
    ~Runtime();
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    void start();
    /// Commits what was taken in and returns; nothing is taken in after the call.
    void stop();

    // From any thread.
    void on_uplink(Lane lane, std::string_view topic, std::string_view payload);
    void submit(OperatorCommand command, std::optional<Reporter> reporter, Done done);
    void reload(std::shared_ptr<const Rulebook> rulebook);
    void on_ready();
    void on_published(std::uint64_t token, bool ok);
    [[nodiscard]] std::uint64_t feed_end() const { return feed_end_.load(); }
    /// Everything that was waiting at the start has been committed.
    [[nodiscard]] bool caught_up() const { return caught_up_.load(); }

private:
    struct Uplink {
        std::string topic;
        std::string payload;
    };
    struct Submitted {
        OperatorCommand command;
        std::optional<Reporter> reporter;
    };
    struct Inbox {
        std::deque<Uplink> emergency;
        std::deque<Uplink> bulk;
        std::deque<Submitted> commands;
        std::vector<std::pair<std::string, std::uint64_t>> sent;
        std::shared_ptr<const Rulebook> rulebook;
        [[nodiscard]] bool empty() const;
    };
    struct Gauges;

    void loop();
    /// Waits for work or a deadline and takes the inbox; false when it is time to stop.
    bool wait(Inbox& inbox);
    [[nodiscard]] Duration patience();
    void take(Inbox& inbox);
    void take_bulk();
    void hand_over();
    void commit_loop();
    void carry_out(Commit& commit);
    void refresh_gauges();

    Parts parts_;
    Processor& processor_;
    EffectSender sender_;
    LoopClock clock_;
    std::unique_ptr<Gauges> gauges_;

    std::mutex mutex_;
    std::condition_variable wake_;         // The loop: work came in, or the commit is done.
    std::condition_variable commit_wake_;  // The committer: a commit is there.
    Inbox inbox_;
    std::unique_ptr<Commit> to_commit_;
    std::unique_ptr<Commit> committed_;  // Done with; its memory is used again.
    bool committing_ = false;
    bool stopping_ = false;
    bool loop_done_ = false;

    // The loop's own.
    std::deque<Uplink> bulk_;
    Instant last_commit_at_;
    Instant gauges_at_;

    std::mutex done_mutex_;
    std::unordered_map<std::uint64_t, Done> waiting_;
    std::uint64_t next_command_ = 1;
    std::atomic<std::uint64_t> feed_end_{0};
    std::atomic<bool> caught_up_{false};
    std::atomic<std::size_t> bulk_bytes_{0};  // Waiting in the inbox and in the loop.
    std::atomic<std::uint64_t> bulk_refused_{0};

    std::thread loop_thread_;
    std::thread commit_thread_;
};

}  // namespace mercaptan::processor
