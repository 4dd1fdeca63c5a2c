#include "processor/processor.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "common/domain/check.h"
#include "processor/io/tables.h"

namespace mercaptan::processor {
namespace {

constexpr std::string_view kUpTopic = "mercaptan/v1/up/";
constexpr std::uint32_t kWireVersion = 1;

/// The gateway of `mercaptan/v1/up/{gateway}/{lane}`, or empty.
std::string_view gateway_of(std::string_view topic) {
    if (!topic.starts_with(kUpTopic)) return {};
    topic.remove_prefix(kUpTopic.size());
    return topic.substr(0, topic.find('/'));
}

Origin origin_of(const wire::Item& item) {
    return {.epoch = item.origin_epoch(),
            .seq = item.origin_seq(),
            .part = item.origin_part(),
            .lane = item.origin_emergency() ? Lane::emergency : Lane::bulk};
}

bool names_device(std::string_view site, std::string_view device) {
    return is_name(site) && is_name(device);
}

bool is_instant(std::int64_t ms) {
    return ms >= kInstantMin.ms && ms <= kInstantMax.ms;
}

ValveReport::Outcome outcome_of(wire::ValveReport::Outcome outcome) {
    switch (outcome) {
        case wire::ValveReport::DONE:
            return ValveReport::Outcome::done;
        case wire::ValveReport::FAILED:
            return ValveReport::Outcome::failed;
        case wire::ValveReport::NO_ANSWER:
            return ValveReport::Outcome::no_answer;
        default:
            return ValveReport::Outcome::sent;
    }
}

/// The numbers of a reading; false if they are not what a gateway sends.
bool copy_values(const wire::Reading& from, Values& to) {
    if (from.quantities_size() != from.numbers_size()) return false;
    for (int i = 0; i < from.quantities_size(); ++i) {
        if (from.quantities(i) >= kQuantityCount || !std::isfinite(from.numbers(i))) return false;
        to.set(static_cast<Quantity>(from.quantities(i)), from.numbers(i));
    }
    return true;
}

}  // namespace

Processor::Processor(const ProcessorSettings& settings, std::shared_ptr<const Rulebook> rulebook,
                     Instant now)
    : settings_{settings},
      engine_{std::move(rulebook), now},
      now_{now},
      next_{std::make_unique<Commit>()},
      confirmed_at_{now} {}

void Processor::on_uplink(std::string_view topic, std::string_view payload, Instant now) {
    now_ = std::max(now_, now);
    const std::string_view gateway = gateway_of(topic);
    const bool parsed = payload.size() <= INT32_MAX &&
                        uplink_.ParseFromArray(payload.data(), static_cast<int>(payload.size()));
    const bool sound = parsed && uplink_.version() == kWireVersion && is_name(gateway) &&
                       uplink_.gateway() == gateway && uplink_.seq() > 0 &&
                       uplink_.oldest_seq() <= uplink_.seq() &&
                       uplink_.oldest_epoch() <= uplink_.epoch();
    if (!sound) {
        ++counts_.uplink_malformed;
        return;
    }
    ++counts_.uplinks;
    const Name from{gateway};
    const Lane lane = uplink_.emergency() ? Lane::emergency : Lane::bulk;
    const auto verdict = positions_.take({.gateway = from,
                                          .lane = lane,
                                          .epoch = uplink_.epoch(),
                                          .seq = uplink_.seq(),
                                          .oldest_seq = uplink_.oldest_seq(),
                                          .oldest_epoch = uplink_.oldest_epoch()});
    // A duplicate says that the gateway has not heard how far we are.
    (lane == Lane::emergency ? confirm_now_ : confirm_soon_).insert(from);
    if (verdict != Positions::Verdict::taken) {
        ++(verdict == Positions::Verdict::duplicate ? counts_.uplink_duplicates
                                                    : counts_.uplink_refused);
        return;
    }
    std::vector<DeviceTable::Key> devices;
    devices.reserve(static_cast<std::size_t>(uplink_.items_size()));
    for (const wire::Item& item : uplink_.items()) {
        if (item.has_reading()) devices.push_back({item.reading().site(), item.reading().device()});
    }
    engine_.foresee(devices);
    for (const wire::Item& item : uplink_.items()) take_item(from, item);
}

void Processor::take_item(const Name& gateway, const wire::Item& item) {
    Reading frame;
    frame.origin = origin_of(item);
    frame.received_at = Instant{item.received_at_ms()};
    const auto step = [&](auto body) {
        take(LoggedRecord{.at = now_, .gateway = gateway, .body = std::move(body)});
    };
    const bool timely = is_instant(item.received_at_ms());
    if (timely && item.has_reading() &&
        names_device(item.reading().site(), item.reading().device())) {
        take_reading(gateway, item.reading(), frame);
    } else if (timely && item.has_online() &&
               names_device(item.online().site(), item.online().device())) {
        step(OnlineChange{.site = item.online().site(),
                          .device = item.online().device(),
                          .online = item.online().online(),
                          .received_at = frame.received_at,
                          .origin = frame.origin});
    } else if (timely && item.has_unreadable()) {
        const wire::Unreadable& from = item.unreadable();
        const bool named = names_device(from.site(), from.device());
        step(UnreadableMessage{.site = named ? Name{from.site()} : Name{"unknown"},
                               .device = named ? Name{from.device()} : Name{"unknown"},
                               .on_alarm_topic = from.on_alarm_topic(),
                               .reason = from.reason(),
                               .received_at = frame.received_at,
                               .origin = frame.origin});
    } else if (timely && item.has_valve() &&
               names_device(item.valve().site(), item.valve().valve())) {
        const wire::ValveReport& from = item.valve();
        step(ValveReport{.site = from.site(),
                         .valve = from.valve(),
                         .command_id = from.command_id(),
                         .outcome = outcome_of(from.outcome()),
                         .detail = from.detail(),
                         .ticket = from.ticket(),
                         .reason = from.reason(),
                         .received_at = frame.received_at,
                         .origin = frame.origin});
    } else {
        ++counts_.items_malformed;
    }
}

void Processor::take_reading(const Name& gateway, const wire::Reading& from, const Reading& frame) {
    Reading reading = frame;
    reading.site = Name{from.site()};
    reading.device = Name{from.device()};
    const bool timely = !from.has_event_at_ms() || is_instant(from.event_at_ms());
    if (!timely || !copy_values(from, reading.values)) {
        ++counts_.items_malformed;
        return;
    }
    if (from.has_event_at_ms()) reading.event_at = Instant{from.event_at_ms()};
    if (from.has_seq()) reading.seq = from.seq();
    reading.status = StatusSet{from.status()};
    reading.has_status = from.has_status();
    reading.urgent = from.urgent();
    step(gateway, reading);
}

void Processor::step(const Name& gateway, const Reading& reading) {
    const ReadingVerdict verdict = engine_.step(now_, gateway, reading);
    const bool counted = !verdict.duplicate && verdict.numbering != Numbering::seen;
    journal_.add(now_, gateway, reading, verdict.late, counted);
    if (!verdict.duplicate) keep(reading, verdict);
    if (counted) journal_devices_.push_back(verdict.device);
}

void Processor::take(const LoggedRecord& record, std::shared_ptr<const Rulebook> rulebook) {
    now_ = std::max(now_, record.at);
    if (const auto* reading = std::get_if<LoggedReading>(&record.body))
        return step(record.gateway, reading->reading);
    journal_.add(record);
    Record given{.at = now_, .gateway = record.gateway, .body = Tick{}};
    std::visit(
        [&](const auto& body) {
            using Body = std::decay_t<decltype(body)>;
            if constexpr (std::is_same_v<Body, LoggedReload>) {
                given.body = Reload{std::move(rulebook)};
            } else if constexpr (std::is_constructible_v<decltype(given.body), const Body&>) {
                given.body = body;
            }
        },
        record.body);
    engine_.step(given);
}

void Processor::keep(const Reading& reading, const ReadingVerdict& verdict) {
    ++next_->readings;
    if (!settings_.keep_readings) return;
    history_key(key_, reading);
    encode_history(value_, reading, now_, verdict.late);
    if (verdict.numbering == Numbering::earlier || verdict.numbering == Numbering::seen) {
        next_->batch.put_if_absent(table(StoreTable::history), key_, value_);
    } else {
        next_->batch.put(table(StoreTable::history), key_, value_);
    }
}

void Processor::on_command(const OperatorCommand& command, const std::optional<Reporter>& reporter,
                           Instant now) {
    now_ = std::max(now_, now);
    take({.at = now_, .gateway = {}, .body = command});
    const Reply& reply = engine_.changes().replies.back();
    if (!reporter || reply.error || reply.replayed) return;
    const Ticket* ticket = engine_.find_ticket(reply.ticket_id);
    MERCAPTAN_CHECK(ticket != nullptr);
    people_key(key_, ticket->id, ticket->version);
    encode_reporter(value_, *reporter);
    next_->batch.put(table(StoreTable::people), key_, value_);
}

void Processor::on_sent(std::string_view key, std::uint64_t generation) {
    const auto found = unsent_.find(std::string{key});
    if (found == unsent_.end() || found->second != generation) return;
    sent_.push_back(found->first);
    unsent_.erase(found);
}

void Processor::on_reload(std::shared_ptr<const Rulebook> rulebook, Instant now) {
    now_ = std::max(now_, now);
    const std::string content = rulebook->content;
    take({.at = now_, .gateway = {}, .body = LoggedReload{content}}, std::move(rulebook));
}

void Processor::on_tick(Instant now) {
    now_ = std::max(now_, now);
    take({.at = now_, .gateway = {}, .body = Tick{}});
}

bool Processor::pending() const {
    const Changes& changes = engine_.changes();
    const bool confirm =
        !confirm_now_.empty() ||
        (!confirm_soon_.empty() && now_ - confirmed_at_ >= settings_.watermark_every);
    return confirm || !next_->batch.empty() || !sent_.empty() || !changes.replies.empty() ||
           !changes.devices.empty() || !changes.alarms.empty() || !changes.tickets.empty() ||
           !changes.effects.empty();
}

bool Processor::urgent() const {
    return engine_.changes().emergency || !confirm_now_.empty() ||
           !engine_.changes().replies.empty() ||
           next_->readings >= settings_.readings_per_commit_max;
}

std::optional<Instant> Processor::next_deadline() const {
    std::optional<Instant> next = engine_.next_deadline();
    if (!confirm_soon_.empty()) {
        const Instant confirm = confirmed_at_ + settings_.watermark_every;
        next = next ? std::min(*next, confirm) : confirm;
    }
    return next;
}

std::vector<Outgoing> Processor::take_unsent() {
    return std::exchange(unsent_at_start_, {});
}

void Processor::age_journal() {
    const auto due = [&] {
        if (journal_rows_.empty()) return false;
        return journal_rows_.front().at + settings_.device_row_every <= now_ ||
               journal_rows_devices_ > settings_.journal_devices_max;
    };
    while (due()) {
        const JournalRow& oldest = journal_rows_.front();
        for (const std::uint32_t device : oldest.devices) {
            if (engine_.device(device).saved_ms <= oldest.at.ms) engine_.save(device);
        }
        journal_rows_devices_ -= oldest.devices.size();
        journal_rows_.pop_front();
    }
}

void Processor::recycle(std::unique_ptr<Commit> commit) {
    commit->batch.clear();
    commit->effects.clear();
    commit->watermarks.clear();
    commit->outcomes.clear();
    commit->feed.clear();
    commit->readings = 0;
    commit->raised_received_at.clear();
    commit->clock_lateness.clear();
    spare_ = std::move(commit);
}

}  // namespace mercaptan::processor
