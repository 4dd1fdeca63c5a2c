#include "processor/io/runtime.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/log/log.h"

namespace mercaptan::processor {
namespace {

constexpr std::size_t kBulkPerTurn = 32;  // Messages between two looks at the emergency lane.

double seconds(Duration duration) {
    return static_cast<double>(duration.count()) / 1000;
}

std::string class_label(std::optional<TicketClass> ticket_class) {
    return ticket_class ? std::to_string(static_cast<int>(*ticket_class)) : "none";
}

}  // namespace

/// The series that the loop and the committer write.
struct Runtime::Gauges {
    explicit Gauges(metrics::Registry& to)
        : registry{to},
          readings{to.counter("mercaptan_processor_readings_total",
                              "Readings taken in, without duplicates.")},
          duplicates{
              to.counter("mercaptan_processor_duplicates_total", "Readings that had come before.")},
          late{to.counter("mercaptan_processor_late_readings_total",
                          "Readings older than what had been seen of their device.")},
          gaps{to.counter(
              "mercaptan_processor_sequence_gaps_total",
              "Numbers that devices skipped: messages that had not come when the next one did.")},
          uplinks{to.counter("mercaptan_processor_uplinks_total", "Messages from gateways.")},
          uplink_duplicates{
              to.counter("mercaptan_processor_uplink_duplicates_total",
                         "Messages that gateways sent again after they had been taken in.")},
          malformed{to.counter("mercaptan_processor_uplink_malformed_total",
                               "Messages and items from gateways that make no sense.")},
          missing{to.counter("mercaptan_processor_uplink_missing_total",
                             "Messages that a gateway no longer holds and that never came.")},
          refused{to.counter(
              "mercaptan_processor_uplink_refused_total",
              "Messages left for the gateway to send again, because too many were waiting.")},
          epochs_refused{to.counter(
              "mercaptan_processor_uplink_epochs_refused_total",
              "Messages left for the gateway to send again, because it restarted too often "
              "without saying that what it sent before is done.")},
          alarm_to_ticket{
              to.histogram("mercaptan_processor_alarm_to_ticket_seconds",
                           "From the gateway's receipt of an alarm to its ticket on disk.")},
          commit{to.histogram("mercaptan_processor_commit_seconds", "One synced commit.")},
          lateness{to.histogram("mercaptan_clock_lateness_seconds",
                                "How late breached clocks fired.")} {}

    void refresh(const Processor& processor, std::uint64_t refused_now) {
        const EngineCounts& counts = processor.engine().counts();
        const ProcessorCounts& own = processor.counts();
        raise(readings, counts.readings);
        raise(duplicates, counts.duplicates);
        raise(late, counts.late);
        raise(gaps, counts.sequence_gaps);
        raise(uplinks, own.uplinks);
        raise(uplink_duplicates, own.uplink_duplicates);
        raise(malformed, own.uplink_malformed + own.items_malformed);
        raise(missing, processor.positions().missing());
        raise(refused, own.uplink_refused + refused_now);
        raise(epochs_refused, processor.positions().epochs_refused());
        set_all("mercaptan_tickets_open", "Tickets with work left.", open, [&](auto& values) {
            for (const TicketTally& tally : processor.engine().tally()) {
                values[{{"class", class_label(tally.ticket_class)},
                        {"state", std::string{to_string(tally.state)}}}] =
                    static_cast<double>(tally.open);
            }
        });
        set_all("mercaptan_clocks_overdue", "Breached clocks of open tickets.", overdue,
                [&](auto& values) {
                    for (const auto& [clock, number] : processor.engine().overdue_clocks()) {
                        values[{{"clock", clock}}] = static_cast<double>(number);
                    }
                });
    }

    static void raise(metrics::Counter& counter, std::uint64_t to) {
        counter.inc(static_cast<double>(to) - counter.value());
    }

    template <class Fill>
    void set_all(const char* name, const char* help, std::map<metrics::Labels, double>& values,
                 Fill&& fill) {
        for (auto& [labels, value] : values) value = 0;
        fill(values);
        for (const auto& [labels, value] : values) registry.gauge(name, help, labels).set(value);
    }

    metrics::Registry& registry;
    metrics::Counter& readings;
    metrics::Counter& duplicates;
    metrics::Counter& late;
    metrics::Counter& gaps;
    metrics::Counter& uplinks;
    metrics::Counter& uplink_duplicates;
    metrics::Counter& malformed;
    metrics::Counter& missing;
    metrics::Counter& refused;
    metrics::Counter& epochs_refused;
    metrics::Histogram& alarm_to_ticket;
    metrics::Histogram& commit;
    metrics::Histogram& lateness;
    std::map<metrics::Labels, double> open;
    std::map<metrics::Labels, double> overdue;
};

bool Runtime::Inbox::empty() const {
    return emergency.empty() && bulk.empty() && commands.empty() && sent.empty() &&
           rulebook == nullptr;
}

Runtime::Runtime(Parts parts)
    : parts_{std::move(parts)},
      processor_{*parts_.processor},
      sender_{parts_.publish,
              [this](std::string key, std::uint64_t generation) {
                  const std::lock_guard lock{mutex_};
                  inbox_.sent.emplace_back(std::move(key), generation);
                  wake_.notify_one();
              }},
      gauges_{std::make_unique<Gauges>(parts_.metrics)} {
    feed_end_ = processor_.feed_end();
    parts_.metrics.gauge_callback(
        "mercaptan_effects_pending", "Messages that their receiver has not got yet.",
        {{"sink", "mqtt"}}, [this] { return static_cast<double>(sender_.pending()); });
}

Runtime::~Runtime() {
    stop();
    parts_.metrics.drop_callbacks();
}

void Runtime::start() {
    sender_.perform(processor_.take_unsent());
    commit_thread_ = std::thread{[this] { commit_loop(); }};
    loop_thread_ = std::thread{[this] { loop(); }};
}

void Runtime::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_all();
    if (loop_thread_.joinable()) loop_thread_.join();
    {
        const std::lock_guard lock{mutex_};
        loop_done_ = true;
    }
    commit_wake_.notify_all();
    if (commit_thread_.joinable()) commit_thread_.join();
}

void Runtime::on_uplink(Lane lane, std::string_view topic, std::string_view payload) {
    {
        const std::lock_guard lock{mutex_};
        if (stopping_) return;
        if (lane == Lane::emergency) {
            inbox_.emergency.push_back({std::string{topic}, std::string{payload}});
        } else if (bulk_bytes_.load() + payload.size() > kBulkBytesMax) {
            bulk_refused_.fetch_add(1);
            return;
        } else {
            bulk_bytes_.fetch_add(payload.size());
            inbox_.bulk.push_back({std::string{topic}, std::string{payload}});
        }
    }
    wake_.notify_one();
}

void Runtime::submit(OperatorCommand command, std::optional<Reporter> reporter, Done done) {
    std::unique_lock lock{mutex_};
    if (stopping_) {
        lock.unlock();
        CommandOutcome outcome;
        outcome.reply.error =
            Error{ErrorCode::unavailable, "the processor is stopping; try again", {}};
        done(std::move(outcome));
        return;
    }
    command.id = next_command_++;
    {
        const std::lock_guard done_lock{done_mutex_};
        waiting_.emplace(command.id, std::move(done));
    }
    inbox_.commands.push_back({std::move(command), std::move(reporter)});
    wake_.notify_one();
}

void Runtime::reload(std::shared_ptr<const Rulebook> rulebook) {
    const std::lock_guard lock{mutex_};
    inbox_.rulebook = std::move(rulebook);
    wake_.notify_one();
}

void Runtime::on_ready() {
    sender_.on_ready();
}

void Runtime::on_published(std::uint64_t token, bool ok) {
    sender_.on_published(token, ok);
}

void Runtime::loop() {
    Inbox inbox;
    while (wait(inbox)) {
        take(inbox);
        inbox = {};
        take_bulk();
        const Instant now = clock_.now();
        if (const auto due = processor_.next_deadline(); due && *due <= now)
            processor_.on_tick(now);
        hand_over();
        refresh_gauges();
    }
}

Duration Runtime::patience() {
    if (!bulk_.empty() && !processor_.urgent()) return Duration{0};
    Duration wait = kGaugesEvery;
    const Instant now = clock_.now();
    // After a tick only a watermark can be overdue, and that leaves with the next commit.
    const auto due = processor_.next_deadline();
    if (due && !(committing_ && *due <= now)) wait = std::min(wait, *due - now);
    if (processor_.pending() && !committing_)
        wait = std::min(wait, last_commit_at_ + kCommitEvery - now);
    return std::max(wait, Duration{0});
}

bool Runtime::wait(Inbox& inbox) {
    std::unique_lock lock{mutex_};
    const Duration most = patience();
    const bool full = processor_.urgent() && committing_;
    wake_.wait_for(lock, most, [&] {
        return stopping_ || committed_ != nullptr || (!full && !inbox_.empty()) ||
               (full && (!inbox_.emergency.empty() || !inbox_.commands.empty()));
    });
    if (committed_ != nullptr) processor_.recycle(std::move(committed_));
    std::swap(inbox, inbox_);
    const bool idle = inbox.empty() && bulk_.empty() && !processor_.pending() && !committing_;
    return !stopping_ || !idle;
}

void Runtime::take(Inbox& inbox) {
    for (const Uplink& uplink : inbox.emergency)
        processor_.on_uplink(uplink.topic, uplink.payload, clock_.now());
    for (const Submitted& submitted : inbox.commands) {
        processor_.on_command(submitted.command, submitted.reporter, clock_.now());
    }
    for (const auto& [key, generation] : inbox.sent) processor_.on_sent(key, generation);
    if (inbox.rulebook) processor_.on_reload(std::move(inbox.rulebook), clock_.now());
    std::move(inbox.bulk.begin(), inbox.bulk.end(), std::back_inserter(bulk_));
}

void Runtime::take_bulk() {
    for (std::size_t i = 0; i < kBulkPerTurn && !bulk_.empty() && !processor_.urgent(); ++i) {
        processor_.on_uplink(bulk_.front().topic, bulk_.front().payload, clock_.now());
        bulk_bytes_.fetch_sub(bulk_.front().payload.size());
        bulk_.pop_front();
    }
}

void Runtime::hand_over() {
    if (!processor_.pending()) {
        if (bulk_.empty()) caught_up_ = true;
        return;
    }
    const Instant now = clock_.now();
    if (!processor_.urgent() && now - last_commit_at_ < kCommitEvery) return;
    {
        const std::lock_guard lock{mutex_};
        if (committing_) return;
        committing_ = true;
    }
    auto commit = processor_.close(now);
    last_commit_at_ = now;
    const std::lock_guard lock{mutex_};
    to_commit_ = std::move(commit);
    commit_wake_.notify_one();
}

void Runtime::commit_loop() {
    for (;;) {
        std::unique_ptr<Commit> commit;
        {
            std::unique_lock lock{mutex_};
            commit_wake_.wait(lock, [&] { return to_commit_ != nullptr || loop_done_; });
            if (to_commit_ == nullptr) return;
            commit = std::move(to_commit_);
        }
        carry_out(*commit);
        const std::lock_guard lock{mutex_};
        committed_ = std::move(commit);
        committing_ = false;
        wake_.notify_one();
    }
}

void Runtime::carry_out(Commit& commit) {
    const auto begun = std::chrono::steady_clock::now();
    if (auto written = parts_.store.write(commit.batch, store::Sync::yes); !written) {
        log::error("store failed, ending the process reason={}",
                   log::quote(written.error().message));
        log::flush();
        ::_exit(kExitStoreFailed);
    }
    const auto now = std::chrono::system_clock::now();
    const Instant wall{std::chrono::time_point_cast<Duration>(now).time_since_epoch().count()};
    gauges_->commit.observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
    sender_.perform(std::move(commit.effects));
    // A lost one is made good by the next: the gateway asks by sending again.
    for (const Outgoing& watermark : commit.watermarks) (void)parts_.publish(watermark.message, 0);
    for (CommandOutcome& outcome : commit.outcomes) {
        Done done;
        {
            const std::lock_guard lock{done_mutex_};
            if (auto node = waiting_.extract(outcome.reply.command))
                done = std::move(node.mapped());
        }
        if (done) done(std::move(outcome));
    }
    for (const FeedEntry& entry : commit.feed) {
        feed_end_ = entry.id;
        if (parts_.on_feed) parts_.on_feed(entry);
    }
    for (const Instant received : commit.raised_received_at) {
        gauges_->alarm_to_ticket.observe(seconds(std::max(Duration{0}, wall - received)));
    }
    for (const Duration late : commit.clock_lateness) gauges_->lateness.observe(seconds(late));
}

void Runtime::refresh_gauges() {
    const Instant now = clock_.now();
    if (now - gauges_at_ < kGaugesEvery) return;
    gauges_at_ = now;
    gauges_->refresh(processor_, bulk_refused_.load());
}

}  // namespace mercaptan::processor
