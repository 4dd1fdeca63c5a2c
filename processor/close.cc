#include <algorithm>
#include <type_traits>
#include <utility>

#include "common/domain/check.h"
#include "processor/decision_print.h"
#include "processor/io/alarm_log.h"
#include "processor/io/cap.h"
#include "processor/io/render.h"
#include "processor/io/tables.h"
#include "processor/processor.h"

namespace mercaptan::processor {
namespace {

constexpr std::string_view kNoZone = "none";  // A topic level can't be empty.

std::string level(std::string_view name) {
    return std::string{name.empty() ? kNoZone : name};
}

EffectRow to_dispatch(const DispatchOrder& order, Instant now) {
    EffectRow row{
        .topic = "mercaptan/v1/dispatch/" + level(order.zone), .payload = {}, .created_at = now};
    render_dispatch_order(row.payload, order);
    return row;
}

EffectRow to_page(const Page& page, Instant now) {
    EffectRow row{
        .topic = "mercaptan/v1/pages/" + level(page.zone), .payload = {}, .created_at = now};
    render_page(row.payload, page);
    return row;
}

EffectRow to_valve(const CloseValve& command, Instant now) {
    wire::ValveCommand message;
    message.set_version(1);
    message.set_id(command.command_id);
    message.set_site(command.site.str());
    message.set_valve(command.valve.str());
    message.set_reason(command.reason);
    message.set_ticket(command.ticket_id);
    return {.topic = "mercaptan/v1/down/" + command.gateway.str() + "/command",
            .payload = message.SerializeAsString(),
            .created_at = now};
}

std::string ticket_topic(std::string_view id) {
    return "mercaptan/v1/tickets/" + std::string{id};
}

}  // namespace

std::unique_ptr<Commit> Processor::close(Instant now) {
    now_ = std::max(now_, now);
    age_journal();
    auto commit = std::exchange(next_, spare_ ? std::move(spare_) : std::make_unique<Commit>());
    commit->seq = ++commit_seq_;
    // What is sent leaves in this order: who has to go first.
    put_tickets(*commit);
    put_effects(*commit);
    put_model(*commit);
    put_replies(*commit);
    put_positions(*commit);
    commit->print = decision_print(*commit);
    put_meta(*commit);
    engine_.clear_changes();
    return commit;
}

void Processor::put_model(Commit& commit) {
    const Changes& changes = engine_.changes();
    for (const std::uint32_t index : changes.devices) {
        DeviceRow row = engine_.row_of(index);
        row.saved_in = commit.seq;
        device_key(key_, row.device, row.site);
        encode_device(value_, row);
        commit.batch.put(table(StoreTable::devices), key_, value_);
    }
    for (const std::uint32_t index : changes.device_news) {
        const DeviceRow row = engine_.row_of(index);
        std::string json;
        render_device(json, engine_.registry_entry(index), &row);
        feed(commit, "device", std::move(json));
    }
    for (const std::uint32_t index : changes.alarms) {
        const Alarm& alarm = engine_.alarm(index);
        encode_alarm(value_, alarm);
        commit.batch.put(table(StoreTable::alarms), alarm.id, value_);
        put_alarm_order(commit, index);
        put_alarm_log(commit, index);
        EffectRow message{.topic = "mercaptan/v1/alarms/" + alarm.site.str() + "/" +
                                   alarm.device.str() + "/" + alarm.condition,
                          .payload = {},
                          .retain = true,
                          .created_at = now_};
        render_alarm(message.payload, alarm, now_);
        feed(commit, "alarm", message.payload);
        send(commit, "alarm/" + alarm.id, std::move(message));
    }
    for (const auto& [key, ticket] : changes.idempotency) {
        commit.batch.put(table(StoreTable::idempotency), key, ticket);
    }
}

void Processor::put_alarm_order(Commit& commit, std::uint32_t index) {
    const Alarm& alarm = engine_.alarm(index);
    if (index >= alarm_order_.size()) alarm_order_.resize(index + 1);
    std::optional<Instant>& since = alarm_order_[index];
    if (since == alarm.since) return;
    if (since) {
        alarm_order_key(key_, *since, alarm.id);
        commit.batch.erase(table(StoreTable::alarm_order), key_);
    }
    alarm_order_key(key_, alarm.since, alarm.id);
    commit.batch.put(table(StoreTable::alarm_order), key_, {});
    since = alarm.since;
}

void Processor::put_alarm_log(Commit& commit, std::uint32_t index) {
    const Alarm& alarm = engine_.alarm(index);
    if (index >= alarm_occurrences_.size()) alarm_occurrences_.resize(index + 1);
    const AlarmLogRow row = alarm_log_row(alarm, alarm_occurrences_[index], commit.seq);
    alarm_occurrences_[index] = alarm.occurrences;
    alarm_log_key(key_, row);
    encode_alarm_log(value_, row);
    commit.batch.put(table(StoreTable::alarm_log), key_, value_);
}

void Processor::put_tickets(Commit& commit) {
    for (const std::uint32_t index : engine_.changes().tickets) {
        const Ticket& ticket = engine_.ticket(index);
        put_versions(commit, index);
        encode_ticket(value_, ticket);
        commit.batch.put(table(StoreTable::tickets), ticket.id, value_);
        EffectRow message{
            .topic = ticket_topic(ticket.id), .payload = {}, .retain = true, .created_at = now_};
        render_ticket(message.payload, ticket);
        feed(commit, "ticket", message.payload);
        send(commit, "ticket/" + ticket.id, std::move(message));
    }
    for (const LogEntry& entry : engine_.changes().log) {
        log_key(key_, entry.ticket_id, entry.index);
        encode_log_entry(value_, entry);
        commit.batch.put(table(StoreTable::ticket_log), key_, value_);
        if (entry.late) commit.clock_lateness.push_back(*entry.late);
        const Ticket* ticket = engine_.find_ticket(entry.ticket_id);
        if (entry.event == TicketEvent::raised && ticket != nullptr &&
            ticket->channel == "device") {
            commit.raised_received_at.push_back(ticket->opened_at);
        }
    }
}

void Processor::put_versions(Commit& commit, std::uint32_t ticket) {
    const auto is_new = [&](std::string_view name, const std::string& version) {
        if (version.empty()) return false;
        version_key(key_, name, version);
        return versions_.insert(key_).second;
    };
    const auto put = [&](const VersionRow& row) {
        encode_version(value_, row);
        commit.batch.put(table(StoreTable::versions), key_, value_);
    };
    const Policy& policy = engine_.policy_of(ticket);
    if (is_new(policy.name, policy.version))
        put({policy.name, policy.version, policy.text, policy.life_cycle->text});
    const Calendar& calendar = engine_.calendar_of(ticket);
    if (is_new({}, calendar.version))
        put({.policy = {}, .version = calendar.version, .text = calendar.text, .life_cycle = {}});
}

void Processor::put_effects(Commit& commit) {
    for (const Effect& effect : engine_.changes().effects) {
        if (const auto* order = std::get_if<DispatchOrder>(&effect)) {
            send(commit, "order/" + order->order_id, to_dispatch(*order, now_));
        } else if (const auto* page = std::get_if<Page>(&effect)) {
            send(commit, "page/" + page->page_id, to_page(*page, now_));
        } else if (const auto* valve = std::get_if<CloseValve>(&effect)) {
            send(commit, "valve/" + valve->command_id, to_valve(*valve, now_));
        } else if (const auto* notice = std::get_if<PublicNotice>(&effect)) {
            put_notice(commit, *notice);
        } else if (const auto* gone = std::get_if<ForgetTicket>(&effect)) {
            send(commit, "ticket/" + gone->ticket_id,
                 {.topic = ticket_topic(gone->ticket_id),
                  .payload = {},
                  .retain = true,
                  .created_at = now_});
        }
    }
    for (const std::string& key : sent_) {
        // A newer message may have taken the row over since.
        if (!unsent_.contains(key)) commit.batch.erase(table(StoreTable::effects), key);
    }
    sent_.clear();
}

void Processor::put_notice(Commit& commit, const PublicNotice& notice) {
    NoticeRow row = to_row(notice, engine_.rulebook().time_zone);
    encode_notice(value_, row);
    commit.batch.put(table(StoreTable::notices), notice.notice_id, value_);
    send(commit, "notice/" + notice.notice_id,
         {.topic = "mercaptan/v1/notices/" + level(notice.zone),
          .payload = std::move(row.cap),
          .created_at = now_});
}

void Processor::put_replies(Commit& commit) {
    for (const Reply& reply : engine_.changes().replies) {
        CommandOutcome outcome{.reply = reply, .ticket_json = {}, .alarm_json = {}};
        if (const Ticket* ticket = engine_.find_ticket(reply.ticket_id))
            render_ticket(outcome.ticket_json, *ticket);
        if (const Alarm* alarm = engine_.find_alarm(reply.alarm_id))
            render_alarm(outcome.alarm_json, *alarm, now_);
        commit.outcomes.push_back(std::move(outcome));
    }
}

void Processor::put_positions(Commit& commit) {
    for (const PositionRow& row : positions_.take_forgotten()) {
        position_key(key_, row);
        commit.batch.erase(table(StoreTable::positions), key_);
    }
    for (const PositionRow& row : positions_.take_changed()) {
        position_key(key_, row);
        encode_position(value_, row);
        commit.batch.put(table(StoreTable::positions), key_, value_);
    }
    const bool soon = now_ - confirmed_at_ >= settings_.watermark_every || !confirm_now_.empty();
    if (!soon) return;
    confirm_now_.merge(confirm_soon_);
    for (const Name& gateway : confirm_now_) put_watermark(commit, gateway);
    confirm_now_.clear();
    confirm_soon_.clear();
    confirmed_at_ = now_;
}

void Processor::put_watermark(Commit& commit, const Name& gateway) {
    wire::Watermark message;
    message.set_version(1);
    for (const PositionRow& row : positions_.of(gateway)) {
        wire::Watermark::Mark* mark = message.add_marks();
        mark->set_emergency(row.lane == Lane::emergency);
        mark->set_epoch(row.epoch);
        mark->set_seq(row.seq);
    }
    commit.watermarks.push_back(
        {.key = {},
         .generation = commit.seq,
         .message = {.topic = "mercaptan/v1/down/" + gateway.str() + "/watermark",
                     .payload = message.SerializeAsString(),
                     .qos = 0,
                     .retain = true,
                     .created_at = now_}});
}

void Processor::put_meta(Commit& commit) {
    journal_key(key_, commit.seq);
    const std::uint64_t needed_from =
        journal_rows_.empty() ? commit.seq : journal_rows_.front().commit;
    journal_.finish(value_, {.closed_at = now_, .needed_from = needed_from, .print = commit.print});
    commit.batch.put(table(StoreTable::journal), key_, value_);
    if (!journal_devices_.empty()) {
        std::sort(journal_devices_.begin(), journal_devices_.end());
        const auto last = std::unique(journal_devices_.begin(), journal_devices_.end());
        journal_rows_.push_back({commit.seq, now_, {journal_devices_.begin(), last}});
        journal_rows_devices_ += journal_rows_.back().devices.size();
        journal_devices_.clear();
    }
    commit.batch.put(table(StoreTable::meta), "commit",
                     std::to_string(commit.seq) + " " + std::to_string(now_.ms));
}

void Processor::send(Commit& commit, std::string key, EffectRow message) {
    encode_effect(value_, message);
    commit.batch.put(table(StoreTable::effects), key, value_);
    unsent_[key] = commit.seq;
    std::erase_if(commit.effects, [&](const Outgoing& older) { return older.key == key; });
    commit.effects.push_back({std::move(key), commit.seq, std::move(message)});
}

void Processor::feed(Commit& commit, std::string event, std::string json) {
    FeedEntry entry{.id = ++feed_end_, .row = {.event = std::move(event), .json = std::move(json)}};
    feed_key(key_, entry.id);
    encode_feed(value_, entry.row);
    commit.batch.put(table(StoreTable::feed), key_, value_);
    if (entry.id > settings_.feed_rows_max) {
        feed_key(key_, entry.id - settings_.feed_rows_max);
        commit.batch.erase(table(StoreTable::feed), key_);
    }
    commit.feed.push_back(std::move(entry));
}

}  // namespace mercaptan::processor
