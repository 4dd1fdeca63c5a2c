#include "gateway/gateway.h"

#include <algorithm>
#include <utility>

#include "common/log/log.h"
#include "gateway/rows.h"
#include "gateway/uplink_codec.h"

namespace mercaptan::gateway {
namespace {

/// Messages of one round at most, so that a round stays short.
constexpr std::size_t kRoundMessagesMax = 1024;
/// Rounds in a row that may leave waiting bulk messages aside for emergencies.
constexpr unsigned kBulkPassedOverMax = 4;
/// Bulk messages decoded at most while something urgent waits for its commit.
constexpr std::size_t kBulkWithUrgentMax = 64;
std::size_t index(Lane lane) {
    return static_cast<std::size_t>(lane);
}

}  // namespace

Gateway::Gateway(const Settings& settings, Rulebook rules, profiles::ProfileSet profiles,
                 Parts parts, std::uint64_t epoch)
    : settings_{settings},
      epoch_{epoch},
      store_{parts.store},
      dead_rows_{parts.dead_rows},
      field_{parts.field},
      profiles_{std::move(profiles)},
      intake_{parts.store, ledger_, settings.intake, epoch},
      core_{settings.core, epoch, std::move(rules.registry), std::move(rules.guard), rules.orders},
      outbox_{parts.store, ledger_, parts.dead_rows, parts.central, settings, epoch},
      quarantine_{parts.store, settings.quarantine} {
    next_status_.messages.resize(profiles_.size() + 1);
}

Result<bool> Gateway::on_field_message(Lane lane, std::string_view topic, std::string_view payload,
                                       MessageFlags flags, Instant now) {
    Intake::Incoming incoming{lane, topic, payload};
    incoming.retained = flags.retained;
    incoming.redelivered = flags.redelivered;
    incoming.kept_by_broker = flags.retained;
    return intake_.take_in(incoming, now);
}

Result<bool> Gateway::on_central_message(std::string_view topic, std::string_view payload,
                                         MessageFlags flags, Instant now) {
    if (topic == order_topic(settings_.core.gateway_id)) {
        // A retained order is an old one: valves are never moved by it.
        if (flags.retained) return false;
        Intake::Incoming incoming{Lane::emergency, topic, payload};
        incoming.redelivered = flags.redelivered;
        incoming.order = true;
        return intake_.take_in(incoming, now);
    }
    if (topic != watermark_topic(settings_.core.gateway_id)) return false;
    const std::lock_guard lock{events_mutex_};
    // Each watermark says all that is committed, so only the newest counts.
    events_.watermarks.assign(1, std::string{payload});
    return true;
}

void Gateway::on_field_connection(Lane lane, bool connected) {
    const std::lock_guard lock{events_mutex_};
    events_.field_connected[index(lane)] = connected;
    if (connected && lane == Lane::emergency) events_.field_reconnected = true;
}

void Gateway::on_central_connection(bool connected) {
    const std::lock_guard lock{events_mutex_};
    events_.central_connected = connected;
}

void Gateway::on_published(std::uint64_t token, bool ok) {
    const std::lock_guard lock{events_mutex_};
    events_.published.emplace_back(token, ok);
}

void Gateway::on_disk_free(std::uint64_t bytes) {
    const std::lock_guard lock{events_mutex_};
    events_.disk_free_bytes = bytes;
}

void Gateway::reload(Rulebook rules) {
    const std::lock_guard lock{events_mutex_};
    events_.rules = std::move(rules);
}

Result<void> Gateway::sync() {
    const std::uint64_t ticket = ledger_.written();
    if (auto synced = store_.sync(); !synced) return synced;
    ledger_.synced_to(ticket);
    return {};
}

Status Gateway::status() const {
    const std::lock_guard lock{status_mutex_};
    return status_;
}

Result<void> Gateway::round(Instant now) {
    take_events(now);
    take_messages(now);
    core_.on_time(now, out_);
    if (commit_due(now)) {
        if (auto committed = commit(now); !committed) return committed;
        act();
        out_.clear();
    }
    forget_synced();
    send_answers();
    if (auto pumped = outbox_.pump(now); !pumped) return pumped;
    control_intake();
    publish_status();
    return {};
}

void Gateway::take_events(Instant now) {
    Events events;
    {
        const std::lock_guard lock{events_mutex_};
        std::swap(events, events_);
    }
    if (events.rules) {
        core_.reload(std::move(events.rules->registry), std::move(events.rules->guard),
                     events.rules->orders);
        ++next_status_.reloads;
    }
    for (std::size_t lane = 0; lane < 2; ++lane) {
        if (events.field_connected[lane]) field_connected_[lane] = *events.field_connected[lane];
    }
    if (events.field_reconnected) core_.on_field_connected(now, out_);
    // Before the connection, whose watermarks and acknowledgements they may be.
    if (events.central_connected) {
        outbox_.on_connection(*events.central_connected);
        next_status_.central_connected = *events.central_connected;
    }
    for (const auto& [token, ok] : events.published) outbox_.on_published(token);
    for (const std::string& watermark : events.watermarks) {
        ++next_status_.watermarks;
        if (outbox_.on_watermark(watermark, now)) continue;
        ++next_status_.watermarks_refused;
        log::warn("watermark refused bytes={}", watermark.size());
    }
    if (events.disk_free_bytes) disk_free_bytes_ = events.disk_free_bytes;
}

/// Emergencies first at every message; bulk until a batch is full. When something urgent waits to
/// be committed, bulk messages are left aside, but not for ever; and a few of them cost it nothing.
void Gateway::take_messages(Instant now) {
    std::size_t bulk = 0;
    for (std::size_t taken = 0; taken < kRoundMessagesMax; ++taken) {
        if (intake_.pop(Lane::emergency, message_)) {
            process(message_, now);
            continue;
        }
        if (out_.bulk.size() >= settings_.batch.readings_max) return;
        if (urgent()) {
            if (bulk == 0 && ++bulk_passed_over_ <= kBulkPassedOverMax) return;
            if (bulk >= kBulkWithUrgentMax) return;
        }
        if (!intake_.pop(Lane::bulk, message_)) return;
        bulk_passed_over_ = 0;
        ++bulk;
        process(message_, now);
    }
}

/// Something was decided that must not wait.
bool Gateway::urgent() const {
    return urgent_decisions() > 0;
}

std::size_t Gateway::urgent_decisions() const {
    return out_.emergency.size() + out_.guard.size();
}

/// What is not urgent is committed in company: a decided message that is not committed yet is still
/// in the inbox, and a restart decides it again.
bool Gateway::commit_due(Instant now) {
    const bool pending = urgent() || cursor_moved_[0] || cursor_moved_[1] || outbox_.has_marks();
    if (!pending) return false;
    if (!batch_open_since_) batch_open_since_ = now;
    return urgent() || out_.bulk.size() >= settings_.batch.readings_max ||
           now < *batch_open_since_ || now >= *batch_open_since_ + settings_.batch.linger;
}

void Gateway::process(const RawMessage& message, Instant now) {
    MessageRef ref;
    ref.origin = Origin{message.row.epoch, message.row.seq, 0, message.lane};
    ref.facts = MessageFacts{message.received_at, message.retained, message.redelivered,
                             message.lane == Lane::emergency};
    ref.topic = message.topic;
    ref.payload = message.payload;
    cursors_[index(message.lane)] = message.row;
    cursor_moved_[index(message.lane)] = true;

    const std::size_t answers_before = out_.answers.size();
    const std::size_t urgent_before = urgent_decisions();
    const std::size_t steps_before = out_.guard.size();
    std::size_t profile = profiles_.size();
    MessageResult result = MessageResult::rejected;
    if (message.order) {
        ++next_status_.orders;
        result = take_order(ref, now);
    } else {
        profile = profiles_.decode(message.topic, message.payload, decoded_);
        if (message.cut()) {
            ++next_status_.oversized;
            decoded_.readings.clear();
            decoded_.reason.clear();
            decoded_.reject("oversized: the payload has " + std::to_string(message.size_bytes) +
                            " bytes");
        }
        next_status_.unknown_flags += decoded_.unknown_flags;
        result = judge(ref, decoded_);
    }
    ++next_status_.messages[profile][static_cast<std::size_t>(result)];
    for (std::size_t i = answers_before; i < out_.answers.size(); ++i) {
        answers_.push_back({message.ticket, out_.answers[i]});
    }
    out_.answers.resize(answers_before);
    if (repeatable(message, steps_before)) repeatable_ += urgent_decisions() - urgent_before;
}

/// A restart would decide the same, under the same ids: the message survives a power cut, and only
/// new commands to valves came of it. The end of a command is told once, so it is not repeatable.
bool Gateway::repeatable(const RawMessage& message, std::size_t first_step) const {
    if (message.ticket > ledger_.synced()) return false;
    return std::all_of(out_.guard.begin() + static_cast<std::ptrdiff_t>(first_step),
                       out_.guard.end(),
                       [](const GuardStep& step) { return step.kind == GuardStep::Kind::send; });
}

MessageResult Gateway::take_order(const MessageRef& ref, Instant now) {
    auto order = decode_order(ref.payload);
    if (order) return core_.on_order(ref, std::move(*order), now, out_);
    log::error("order refused reason={}", log::quote(order.error().message));
    return core_.on_unreadable(ref, {{}, {}, false, order.error().message}, out_);
}

MessageResult Gateway::judge(const MessageRef& ref, const profiles::Decoded& decoded) {
    switch (decoded.outcome) {
        case profiles::Outcome::readings: {
            MessageResult result = MessageResult::ignored;
            for (std::uint32_t part = 0; part < decoded.readings.size(); ++part) {
                const MessageResult one = core_.on_reading(ref, decoded.readings[part], part, out_);
                if (part == 0 || one == MessageResult::accepted) result = one;
            }
            return result;
        }
        case profiles::Outcome::online:
            return core_.on_online(ref, {decoded.site, decoded.device, decoded.online}, out_);
        case profiles::Outcome::valve_answer:
            return core_.on_valve_answer(ref, decoded.site, decoded.device, decoded.command_id,
                                         decoded.command_done, decoded.detail, out_);
        case profiles::Outcome::ignored:
            return MessageResult::ignored;
        case profiles::Outcome::rejected:
            break;
    }
    const MessageResult result = core_.on_unreadable(
        ref, {decoded.site, decoded.device, decoded.on_alarm_topic, decoded.reason}, out_);
    if (result == MessageResult::rejected) {
        for (std::uint32_t part = 0; part < decoded.readings.size(); ++part) {
            // The message is in quarantine, and still nobody may miss the emergency in it.
            if (!core_.emergency_by_content(decoded.readings[part])) continue;
            Reading reading = decoded.readings[part];
            reading.seq
                .reset();  // Its neighbour field was bad; nothing is concluded from this one.
            ++next_status_.salvaged;
            MessageRef salvage = ref;
            salvage.facts.redelivered = false;
            core_.on_reading(salvage, reading, part + 1, out_);
        }
    }
    return result;
}

Result<void> Gateway::commit(Instant now) {
    batch_.clear();
    outbox_.add(Lane::emergency, out_.emergency, now, batch_);
    outbox_.add(Lane::bulk, out_.bulk, now, batch_);
    for (const QuarantineEntry& entry : out_.quarantine) quarantine_.add(entry, batch_);
    for (const GuardStep& step : out_.guard) put(step);
    for (const Lane lane : {Lane::emergency, Lane::bulk}) {
        if (!cursor_moved_[index(lane)]) continue;
        batch_.put(kMeta, cursor_key(lane), cursor_value(cursors_[index(lane)]));
    }
    outbox_.put_marks(batch_);
    // What is repeatable may leave before it survives a power cut itself.
    const bool synced = urgent_decisions() > repeatable_;
    auto written = store_.write(batch_, synced ? store::Sync::yes : store::Sync::no);
    if (!written) return written;
    const std::uint64_t ticket = ledger_.wrote();
    outbox_.committed(ticket, synced);
    for (const Lane lane : {Lane::emergency, Lane::bulk}) {
        if (!std::exchange(cursor_moved_[index(lane)], false)) continue;
        cursors_in_doubt_[index(lane)].push_back({synced ? 0 : ticket, cursors_[index(lane)]});
    }
    batch_open_since_.reset();
    repeatable_ = 0;
    ++next_status_.commits;
    return {};
}

void Gateway::put(const GuardStep& step) {
    using Kind = GuardStep::Kind;
    if (step.kind == Kind::send || step.kind == Kind::join) {
        write_command_value(step.command, scratch_);
        batch_.put(kCommands, step.command.id, scratch_);
    } else if (step.kind == Kind::end) {
        batch_.erase(kCommands, step.command.id);
    }
    if (step.ended) {
        write_ended_value(*step.ended, scratch_);
        batch_.put(kEnded, step.ended->id, scratch_);
    }
    if (!step.forgotten.empty()) batch_.erase(kEnded, step.forgotten);
}

/// Inbox rows may vanish once the decision on them survives a power cut.
void Gateway::forget_synced() {
    const std::uint64_t synced = ledger_.synced();
    for (const Lane lane : {Lane::emergency, Lane::bulk}) {
        auto& in_doubt = cursors_in_doubt_[index(lane)];
        std::optional<RowId> durable;
        while (!in_doubt.empty() && in_doubt.front().ticket <= synced) {
            durable = in_doubt.front().row;
            in_doubt.pop_front();
        }
        if (durable) dead_rows_.set_inbox(lane, *durable, settings_.intake.remembered);
    }
}

/// Bulk messages stay with the broker while there is no room for them here. Emergencies have the
/// reserve, and stop only when even that is full: the broker keeps them then.
void Gateway::control_intake() {
    const OutboxLimits& limits = settings_.outbox;
    const std::uint64_t used = outbox_.bytes();
    const std::uint64_t bulk_share = limits.bytes_max - limits.reserve_bytes;
    const std::size_t queued = intake_.queued(Lane::bulk);
    const bool disk_low = disk_free_bytes_ && *disk_free_bytes_ < limits.disk_free_bytes_min;
    // A lane that was shut opens only when a tenth is free again.
    const bool bulk_was_open = intake_open_[index(Lane::bulk)];
    const bool bulk_open =
        bulk_was_open
            ? used < bulk_share && queued < settings_.intake.queue_max && !disk_low
            : used < bulk_share / 10 * 9 && queued < settings_.intake.queue_max / 2 && !disk_low;
    const bool emergency_was_open = intake_open_[index(Lane::emergency)];
    const bool emergency_open =
        emergency_was_open ? used < limits.bytes_max : used < limits.bytes_max / 10 * 9;
    const std::array<bool, 2> open{emergency_open, bulk_open};
    for (const Lane lane : {Lane::emergency, Lane::bulk}) {
        if (open[index(lane)] == intake_open_[index(lane)]) continue;
        intake_open_[index(lane)] = open[index(lane)];
        if (!open[index(lane)]) ++next_status_.lanes[index(lane)].intake_pauses;
        log::error("intake {} lane={} outbox_bytes={} queued={} disk_low={}",
                   open[index(lane)] ? "resumed" : "paused", to_string(lane), used, queued,
                   disk_low);
        field_.set_intake(lane, open[index(lane)]);
    }
}

void Gateway::publish_status() {
    Status& status = next_status_;
    outbox_.fill(status.lanes);
    for (const Lane lane : {Lane::emergency, Lane::bulk}) {
        status.lanes[index(lane)].queued = intake_.queued(lane);
        status.lanes[index(lane)].intake_open = intake_open_[index(lane)];
    }
    status.field_connected = field_connected_[0] && field_connected_[1];
    status.core = core_.counts();
    status.commands_pending = core_.commands_pending();
    status.devices = core_.devices();
    status.quarantine_entries = quarantine_.entries();
    status.quarantine_bytes = quarantine_.bytes();
    status.quarantine_dropped = quarantine_.dropped();
    const std::lock_guard lock{status_mutex_};
    status_ = status;
}

bool Gateway::idle() const {
    return intake_.queued(Lane::emergency) == 0 && intake_.queued(Lane::bulk) == 0 &&
           !batch_open_since_;
}

std::optional<Instant> Gateway::next_deadline() const {
    if (intake_.queued(Lane::emergency) > 0 || intake_.queued(Lane::bulk) > 0) return Instant{0};
    std::optional<Instant> next;
    const auto consider = [&](std::optional<Instant> at) {
        if (at && (!next || *at < *next)) next = at;
    };
    if (batch_open_since_) consider(*batch_open_since_ + settings_.batch.linger);
    consider(core_.next_deadline());
    consider(outbox_.next_deadline());
    return next;
}

}  // namespace mercaptan::gateway
