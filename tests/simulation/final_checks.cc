#include "tests/simulation/final_checks.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "common/domain/check.h"
#include "processor/io/rows.h"
#include "processor/io/tables.h"
#include "processor/io/what_if.h"
#include "tests/simulation/rulebook.h"

namespace mercaptan::simulation {
namespace {

using processor::StoreTable;

std::string name(const Message& message) {
    return "message " + std::to_string(message.id) + " of " + message.site + "/" + message.device +
           (message.seq ? " seq " + std::to_string(*message.seq) : "") +
           (message.emergency_topic ? " (alarm topic)" : "");
}

/// What the device state of two processors has to agree on.
std::string describe(const processor::DeviceRow& row) {
    const auto text = [](const auto& number) {
        return number ? std::to_string(*number) : std::string{"-"};
    };
    return "event " + (row.last_event_at ? std::to_string(row.last_event_at->ms) : "-") +
           " received " + (row.last_received_at ? std::to_string(row.last_received_at->ms) : "-") +
           " seq " + text(row.last_seq) + " window " + std::to_string(row.seq_window) +
           (row.silent ? " silent" : "") + (row.offline ? " offline" : "");
}

}  // namespace

std::uint64_t check_history(const Truth& truth, const store::Store& store, Findings& findings) {
    std::map<std::uint64_t, std::size_t> found;
    std::uint64_t rows = 0;
    const auto scanned = store.scan(
        processor::table(StoreTable::history), {}, {},
        [&](std::string_view key, std::string_view value) {
            ++rows;
            const auto row = processor::decode_history(key, value);
            const auto id = row ? row->reading.values.get(Quantity::volume_m3) : std::nullopt;
            if (id) ++found[static_cast<std::uint64_t>(*id)];
            return true;
        });
    MERCAPTAN_CHECK(scanned.has_value());
    for (const Message& message : truth.messages) {
        if (message.kind != Message::Kind::reading) continue;
        const auto times = found.find(message.id);
        if (times == found.end()) {
            if (message.must_arrive()) findings.add("history", name(message) + " is lost");
            continue;
        }
        const std::size_t most = message.identified ? 1 : message.taken.size();
        if (times->second > most) {
            findings.add("history",
                         name(message) + " is there " + std::to_string(times->second) + " times");
        }
    }
    return rows;
}

void check_emergencies(const Truth& truth, const StoreChecker& store, Findings& findings) {
    std::set<std::string> alarms;
    for (const auto& [id, alarm] : store.alarms()) {
        if (alarm.occurrences > 0)
            alarms.insert(alarm.site.str() + "/" + alarm.device.str() + "/" + alarm.condition);
    }
    std::set<std::string> leaks;
    for (const auto& [id, ticket] : store.tickets()) leaks.insert(ticket.hazard_key);
    std::set<std::string> evidence;
    for (const Message& message : truth.messages) {
        for (const std::string& condition : message.conditions) {
            const std::string alarm = message.site + "/" + message.device + "/" + condition;
            evidence.insert(alarm);
            if (!message.must_arrive()) continue;
            if (!alarms.contains(alarm))
                findings.add("emergency", name(message) + " raised no " + condition);
            if (!leaks.contains("leak/" + message.site))
                findings.add("emergency", name(message) + " has no ticket");
        }
    }
    const std::set<std::string> judged{"gas.alarm", "gas.critical", "device.gas_alarm",
                                       "device.unreadable_alarm"};
    for (const std::string& alarm : alarms) {
        const std::string condition = alarm.substr(alarm.rfind('/') + 1);
        if (judged.contains(condition) && !evidence.contains(alarm))
            findings.add("evidence", alarm + " was raised by nothing that was sent");
    }
}

void check_valves(const Plan& plan, const Truth& truth, Findings& findings) {
    for (const SitePlan& site : plan.sites) {
        const auto commands = truth.valve_commands.find(site.id);
        if (!site.valve || commands != truth.valve_commands.end()) continue;
        for (const Message& message : truth.messages) {
            const bool leak = std::find(message.conditions.begin(), message.conditions.end(),
                                        "gas.alarm") != message.conditions.end();
            if (message.site == site.id && leak && message.must_arrive())
                return findings.add("guard", name(message) + " closed no valve");
        }
    }
}

void check_journal(ProcessorNode& node, const Plan& plan, Findings& findings) {
    const auto replayed = processor::replay_what_if(
        node.store(), {.from = kInstantMin,
                       .to = kInstantMax,
                       .recorded = [&plan](const std::string& content)
                           -> Result<std::shared_ptr<const processor::Rulebook>> {
                           return make_rulebook(plan, static_cast<unsigned>(std::stoul(content)));
                       },
                       .settings = plan.processor});
    if (!replayed) return findings.add("replay", replayed.error().message);
    if (replayed->commits_other == 0) return;
    findings.add("replay", std::to_string(replayed->commits_other) + " of " +
                               std::to_string(replayed->commits) +
                               " commits come out otherwise, first " +
                               std::to_string(*replayed->first_other));
}

void check_replay(ProcessorNode& node, const Plan& plan, Instant now, Findings& findings) {
    auto opened = processor::Processor::open(plan.processor, node.rulebook(), node.store(), now);
    if (!opened) return findings.add("replay", "does not open: " + opened.error().message);
    const processor::Engine& live = node.processor().engine();
    const processor::Engine& again = (*opened)->engine();
    const auto compare = [&](StoreTable table, auto find) {
        const auto scanned = node.store().scan(
            processor::table(table), {}, {}, [&](std::string_view key, std::string_view) {
                const auto* before = find(live, key);
                const auto* after = find(again, key);
                if (before == nullptr || after == nullptr || !(*before == *after))
                    findings.add("replay", std::string{key} + " differs after a restart");
                return true;
            });
        MERCAPTAN_CHECK(scanned.has_value());
    };
    compare(StoreTable::tickets, [](const processor::Engine& engine, std::string_view id) {
        return engine.find_ticket(id);
    });
    compare(StoreTable::alarms, [](const processor::Engine& engine, std::string_view id) {
        return engine.find_alarm(id);
    });
    std::map<std::string, std::string> devices;
    for (std::uint32_t i = 0; i < live.device_count(); ++i) {
        const processor::DeviceRow row = live.row_of(i);
        devices[row.site.str() + "/" + row.device.str()] = describe(row);
    }
    for (std::uint32_t i = 0; i < again.device_count(); ++i) {
        const processor::DeviceRow row = again.row_of(i);
        const std::string device = row.site.str() + "/" + row.device.str();
        if (devices[device] != describe(row)) {
            findings.add("replay", device + " is " + devices[device] + " and after a restart " +
                                       describe(row));
        }
    }
    const auto tickets = [](const processor::Engine& engine) {
        std::uint64_t open = 0;
        for (const processor::TicketTally& tally : engine.tally()) open += tally.open;
        return open;
    };
    if (tickets(live) != tickets(again))
        findings.add("replay", "the number of open tickets differs after a restart");
}

void check_at_rest(const FieldBroker& field,
                   const std::vector<std::unique_ptr<GatewayNode>>& gateways,
                   ProcessorNode& processor, Findings& findings) {
    if (field.waiting() > 0)
        findings.add("intake", std::to_string(field.waiting()) + " messages wait to be taken");
    for (const auto& gateway : gateways) {
        if (!gateway->alive()) {
            findings.add("outbox", gateway->name() + " is not running");
            continue;
        }
        const gateway::Status status = gateway->status();
        for (const Lane lane : {Lane::emergency, Lane::bulk}) {
            const auto& state = status.lanes[static_cast<std::size_t>(lane)];
            if (state.messages == 0 && state.queued == 0) continue;
            findings.add("outbox", gateway->name() + " holds " + std::to_string(state.messages) +
                                       " messages and " + std::to_string(state.queued) +
                                       " undecided on the lane " + std::string{to_string(lane)} +
                                       ", epoch " + std::to_string(state.epoch) + ", watermark " +
                                       std::to_string(state.watermark_seq) + ", next " +
                                       std::to_string(state.next_seq) + ", sent " +
                                       std::to_string(state.sent) + ", rewinds " +
                                       std::to_string(state.rewinds));
        }
    }
    if (!processor.at_rest()) findings.add("unsent", "the processor is not at rest");
    if (!processor.alive()) return;
    if (processor.processor().unsent() > 0 || processor.unsent() > 0) {
        findings.add("unsent",
                     std::to_string(processor.processor().unsent()) + " effects are not sent");
    }
    if (processor.store().memory().size(processor::table(StoreTable::effects)) > 0)
        findings.add("unsent", "the outbox of effects has rows");
}

}  // namespace mercaptan::simulation
