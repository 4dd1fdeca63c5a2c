#include "tests/simulation/processor_node.h"

#include <algorithm>
#include <utility>

#include "common/wire/uplink.pb.h"
#include "processor/io/starts.h"
#include "tests/simulation/plants.h"
#include "tests/simulation/rulebook.h"

namespace mercaptan::simulation {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kLastStepsMax = 8;
constexpr std::size_t kBulkPerTurn = 32;  // As Runtime.
constexpr Duration kCommitEvery{1};       // As Runtime.

}  // namespace

ProcessorNode::ProcessorNode(Parts parts)
    : plan_{parts.plan},
      timeline_{parts.timeline},
      random_{parts.random},
      findings_{parts.findings},
      central_{parts.central},
      rulebook_{make_rulebook(plan_, 0)} {
    if (plan_.plant == Plant::processor_disk_lies) store_.lie_about_syncs();
    central_.attach(
        CentralBroker::kProcessor,
        {.on_message =
             [this](const CentralBroker::Packet& packet) {
                 if (!processor_) return;
                 const bool urgent = packet.topic.ends_with("/emergency");
                 (urgent ? emergency_ : bulk_).push_back({packet.topic, packet.payload});
                 wake(timeline_.now() + random_.between(0ms, 1ms));
             },
         .on_connection =
             [this](bool connected) {
                 live([&] {
                     if (connected) sender_->on_ready();
                 });
             },
         .on_published =
             [this](std::uint64_t token, bool ok) {
                 if (plan_.plant == Plant::effects_unconfirmed) return;
                 live([&] { sender_->on_published(token, ok); });
             }});
}

template <class Step>
bool ProcessorNode::live(Step&& step) {
    if (!processor_) return false;
    try {
        step();
    } catch (const ProcessDied&) {
        die();
        return false;
    }
    return true;
}

void ProcessorNode::doom() {
    if (healed_ || !processor_) return;
    if (random_.chance(plan_.faults.disk_fails)) {
        store_.fail_next_write(random_.chance(0.5));
        return;
    }
    fuse_.light(static_cast<unsigned>(random_.below(kLastStepsMax)));
    timeline_.after(random_.between(0ms, 3'000ms), [this, life = life_] {
        if (life == life_ && processor_) die();
    });
}

void ProcessorNode::die() {
    timeline_.tell("processor dies");
    fuse_.put_out();
    central_.leave(CentralBroker::kProcessor);
    processor_.reset();
    sender_.reset();
    ++life_;
    turn_at_.reset();
    emergency_.clear();
    bulk_.clear();
    commands_.clear();
    sent_.clear();
    waiting_.clear();
    committing_.reset();
    // Every write of the processor is synced, so the power may as well have failed.
    store_.memory().lose_unsynced();
    timeline_.after(random_.between(50ms, healed_ ? 1000ms : plan_.faults.down_max),
                    [this] { start(); });
}

void ProcessorNode::start() {
    try {
        open();
    } catch (const ProcessDied&) {
        return die();
    }
    central_.join(CentralBroker::kProcessor);
    wake(timeline_.now());
}

void ProcessorNode::open() {
    if (auto kept = processor::keep_start(store_, timeline_.now()); !kept) throw ProcessDied{};
    auto opened = processor::Processor::open(plan_.processor, rulebook_, store_, timeline_.now());
    if (!opened) {
        findings_.add("opens", "the processor does not open: " + opened.error().message);
        throw ProcessDied{};
    }
    processor_ = std::move(*opened);
    sender_ = std::make_unique<processor::EffectSender>(
        [this](const processor::EffectRow& message, std::uint64_t token) {
            return publish(message, token);
        },
        [this](std::string key, std::uint64_t generation) {
            sent_.emplace_back(std::move(key), generation);
            wake(timeline_.now());
        });
    sender_->perform(processor_->take_unsent());
}

void ProcessorNode::reload() {
    if (!processor_) return;
    reload_wanted_ = true;
    wake(timeline_.now());
}

void ProcessorNode::submit(processor::OperatorCommand command, Answered answered) {
    if (!processor_) return;
    command.id = next_command_++;
    if (plan_.plant == Plant::keys_ignored) command.idempotency_key.clear();
    waiting_.emplace(command.id, std::move(answered));
    commands_.push_back(std::move(command));
    wake(timeline_.now());
}

bool ProcessorNode::at_rest() const {
    return processor_ && !processor_->pending() && !committing_ && emergency_.empty() &&
           bulk_.empty() && commands_.empty() && sent_.empty();
}

void ProcessorNode::wake(Instant when) {
    if (!processor_ || (turn_at_ && *turn_at_ <= when)) return;
    turn_at_ = when;
    timeline_.at(when, [this, life = life_, when] {
        if (life == life_ && turn_at_ == when) turn();
    });
}

void ProcessorNode::take_uplink(const Uplink& uplink) {
    const auto before = processor_->counts();
    const auto duplicates = processor_->engine().counts().duplicates;
    processor_->on_uplink(uplink.topic, uplink.payload, timeline_.now());
    if (!plan_.verbose) return;
    wire::Uplink message;
    if (!message.ParseFromString(uplink.payload)) return;
    timeline_.tell("processor has", uplink.topic, "epoch", message.epoch(), "seq", message.seq(),
                   processor_->counts().uplink_duplicates > before.uplink_duplicates ? "again" : "",
                   processor_->engine().counts().duplicates - duplicates, "duplicate readings");
    for (const wire::Item& item : message.items()) {
        if (item.has_reading())
            timeline_.tell("   ", item.reading().device(), "seq", item.reading().seq());
    }
}

void ProcessorNode::take_inbox() {
    for (const Uplink& uplink : std::exchange(emergency_, {})) take_uplink(uplink);
    for (const processor::OperatorCommand& command : std::exchange(commands_, {}))
        processor_->on_command(command, std::nullopt, timeline_.now());
    for (const auto& [key, generation] : std::exchange(sent_, {}))
        processor_->on_sent(key, generation);
    if (std::exchange(reload_wanted_, false)) {
        rulebook_ = make_rulebook(plan_, ++edition_);
        processor_->on_reload(rulebook_, timeline_.now());
    }
    for (std::size_t i = 0; i < kBulkPerTurn && !bulk_.empty() && !processor_->urgent(); ++i) {
        take_uplink(bulk_.front());
        bulk_.pop_front();
    }
}

void ProcessorNode::turn() {
    turn_at_.reset();
    const Instant now = timeline_.now();
    live([&] {
        take_inbox();
        const auto due = processor_->next_deadline();
        if (plan_.plant != Plant::never_ticks && due && *due <= now) processor_->on_tick(now);
        hand_over();
    });
    if (!processor_) return;
    // What waits for the commit under way is looked at when that is done.
    if (!bulk_.empty() && !processor_->urgent()) wake(now);
    if (processor_->pending() && !committing_) wake(std::max(now, last_commit_at_ + kCommitEvery));
    // What is overdue after a tick leaves with the next commit.
    if (const auto due = processor_->next_deadline(); due && *due > now) wake(*due);
}

void ProcessorNode::hand_over() {
    const Instant now = timeline_.now();
    if (!processor_->pending() || committing_) return;
    if (!processor_->urgent() && now - last_commit_at_ < kCommitEvery) return;
    committing_ = processor_->close(now);
    last_commit_at_ = now;
    if (plan_.plant == Plant::acts_before_commit) {
        sender_->perform(committing_->effects);
    }
    if (plan_.plant == Plant::confirms_before_commit) send_watermarks(*committing_);
    timeline_.after(random_.between(0ms, plan_.commit_max), [this, life = life_] {
        if (life == life_) commit();
    });
}

/// The second thread, at the end of its sync.
void ProcessorNode::commit() {
    live([&] {
        if (!store_.write(committing_->batch, store::Sync::yes)) throw ProcessDied{};
        carry_out(*committing_);
        processor_->recycle(std::move(committing_));
    });
    wake(timeline_.now());
}

void ProcessorNode::carry_out(processor::Commit& commit) {
    sender_->perform(std::move(commit.effects));
    send_watermarks(commit);
    for (const processor::CommandOutcome& outcome : commit.outcomes) {
        fuse_.touch();
        if (auto waiting = waiting_.extract(outcome.reply.command)) waiting.mapped()(outcome);
    }
}

void ProcessorNode::send_watermarks(const processor::Commit& commit) {
    for (const processor::Outgoing& watermark : commit.watermarks)
        (void)publish(watermark.message, 0);
}

Result<void> ProcessorNode::publish(const processor::EffectRow& message, std::uint64_t token) {
    fuse_.touch();
    CentralBroker::Packet packet{.topic = message.topic,
                                 .payload = message.payload,
                                 .retain = message.retain,
                                 .created_at = message.created_at};
    if (plan_.plant == Plant::order_ids_reused) reuse_order_id(packet.topic, packet.payload);
    const bool sent = central_.publish(CentralBroker::kProcessor, packet, token);
    if (sent && plan_.plant == Plant::sink_sees_older && token != 0) {
        const auto [older, first] = older_.try_emplace(message.topic, message);
        const processor::EffectRow last = std::exchange(older->second, message);
        if (!first && random_.chance(0.2)) {
            packet.payload = last.payload;
            packet.created_at = last.created_at;
            central_.publish(CentralBroker::kProcessor, packet, 0);
        }
    }
    if (!sent) return fail(ErrorCode::unavailable, "not connected");
    return {};
}

}  // namespace mercaptan::simulation
