#include "tests/simulation/plants.h"

#include <memory>
#include <string>

#include "processor/io/rows.h"
#include "processor/io/tables.h"

namespace mercaptan::simulation {
namespace {

using processor::LogEntry;
using processor::StoreTable;
using processor::TicketEvent;
using store::Batch;

using Row = std::function<void(Batch& out, std::string_view key, std::string_view value)>;

/// Copies a batch, but for the rows of a table, which go through `change`.
SimStore::Tamper with(StoreTable table, Row change) {
    return [table, change = std::move(change)](const Batch& batch) {
        Batch out;
        batch.for_each(
            [&](const Batch::Write& write, std::string_view key, std::string_view value) {
                if (write.kind == Batch::Write::Kind::erase) {
                    out.erase(write.table, key);
                } else if (write.table == processor::table(table)) {
                    change(out, key, value);
                } else {
                    out.put(write.table, key, value);
                }
            });
        return out;
    };
}

/// Leaves out every `nth` row.
SimStore::Tamper without(StoreTable table, unsigned nth) {
    return with(table, [table, nth, count = std::make_shared<unsigned>(0)](
                           Batch& out, std::string_view key, std::string_view value) {
        if (++*count % nth != 0) out.put(processor::table(table), key, value);
    });
}

void twice_in_history(Batch& out, std::string_view key, std::string_view value) {
    out.put(processor::table(StoreTable::history), key, value);
    std::string other{key};
    other.back() = static_cast<char>(other.back() ^ 0x40);  // Of the number or the origin.
    out.put(processor::table(StoreTable::history), other, value);
}

void two_tickets(Batch& out, std::string_view key, std::string_view value) {
    out.put(processor::table(StoreTable::tickets), key, value);
    auto ticket = processor::decode_ticket(value);
    if (!ticket) return;
    ticket->id += "X";
    std::string copy;
    processor::encode_ticket(copy, *ticket);
    out.put(processor::table(StoreTable::tickets), ticket->id, copy);
}

void breach(Plant plant, Batch& out, std::string_view key, std::string_view value) {
    const auto log = processor::table(StoreTable::ticket_log);
    auto entry = processor::decode_log_entry(value);
    if (!entry || entry->event != TicketEvent::clock_breached) return out.put(log, key, value);
    std::string bytes;
    if (plant == Plant::breach_early) {
        entry->recorded_at = entry->recorded_at - Duration{60'000};
        entry->late = Duration{0};
        processor::encode_log_entry(bytes, *entry);
        return out.put(log, key, bytes);
    }
    out.put(log, key, value);
    ++entry->index;
    std::string next;
    processor::log_key(next, entry->ticket_id, entry->index);
    processor::encode_log_entry(bytes, *entry);
    out.put(log, next, bytes);
}

void same_order(Batch& out, std::string_view key, std::string_view value) {
    auto effect = processor::decode_effect(value);
    if (!effect) return;
    reuse_order_id(effect->topic, effect->payload);
    std::string bytes;
    processor::encode_effect(bytes, *effect);
    out.put(processor::table(StoreTable::effects), key, bytes);
}

}  // namespace

void reuse_order_id(std::string_view topic, std::string& payload) {
    constexpr std::string_view kName = "\"order_id\":\"";
    if (topic.find("/dispatch/") == std::string_view::npos) return;
    const std::size_t at = payload.find(kName) + kName.size();
    payload.replace(at, payload.find('"', at) - at, "the-only-one");
}

SimStore::Tamper tampering(Plant plant) {
    switch (plant) {
        case Plant::history_twice:
            return with(StoreTable::history, twice_in_history);
        case Plant::history_dropped:
            return without(StoreTable::history, 20);
        case Plant::ticket_twice:
            return with(StoreTable::tickets, two_tickets);
        case Plant::ticket_dropped:
            return without(StoreTable::tickets, 5);
        case Plant::alarm_dropped:
            return without(StoreTable::alarms, 3);
        case Plant::log_line_dropped:
            return without(StoreTable::ticket_log, 7);
        case Plant::order_ids_reused:
            return with(StoreTable::effects, same_order);
        case Plant::breach_twice:
        case Plant::breach_early:
            return with(StoreTable::ticket_log,
                        [plant](Batch& out, std::string_view key, std::string_view value) {
                            breach(plant, out, key, value);
                        });
        case Plant::none:
        case Plant::gateway_disk_lies:
        case Plant::processor_disk_lies:
        case Plant::acts_before_commit:
        case Plant::confirms_before_commit:
        case Plant::broker_confirms:
        case Plant::watermarks_lost:
        case Plant::effects_unconfirmed:
        case Plant::sink_sees_older:
        case Plant::never_ticks:
        case Plant::keys_ignored:
        case Plant::valve_deaf:
            break;
    }
    return {};
}

}  // namespace mercaptan::simulation
