#include "gateway/io/exporter.h"

#include <array>
#include <functional>
#include <string>
#include <string_view>

namespace mercaptan::gateway {
namespace {

using metrics::Labels;
using Read = std::function<double(const Status&)>;

class Exporter {
public:
    Exporter(metrics::Registry& metrics, const Gateway& gateway)
        : metrics_{metrics}, gateway_{gateway} {}

    void total(std::string_view name, std::string_view help, const Labels& labels, Read read) {
        metrics_.counter_callback(name, help, labels, bound(std::move(read)));
    }
    void gauge(std::string_view name, std::string_view help, const Labels& labels, Read read) {
        metrics_.gauge_callback(name, help, labels, bound(std::move(read)));
    }

private:
    std::function<double()> bound(Read read) {
        return [&gateway = gateway_, read = std::move(read)] { return read(gateway.status()); };
    }
    metrics::Registry& metrics_;
    const Gateway& gateway_;
};

double as_double(std::uint64_t number) {
    return static_cast<double>(number);
}

void export_lanes(Exporter& exporter, Clock& clock) {
    for (const Lane lane : {Lane::emergency, Lane::bulk}) {
        const Labels labels{{"lane", std::string{to_string(lane)}}};
        const auto index = static_cast<std::size_t>(lane);
        const auto field = [index](std::uint64_t LaneStatus::*member) {
            return [index, member](const Status& status) {
                return as_double(status.lanes[index].*member);
            };
        };
        exporter.gauge("mercaptan_gateway_outbox_messages",
                       "Uplink messages that the processor has not committed", labels,
                       field(&LaneStatus::messages));
        exporter.gauge("mercaptan_gateway_outbox_bytes", "Their size on disk", labels,
                       field(&LaneStatus::bytes));
        exporter.gauge(
            "mercaptan_gateway_outbox_oldest_seconds",
            "Age of the oldest of them; 0 if there is none", labels,
            [index, &clock](const Status& status) {
                const auto oldest = status.lanes[index].oldest_at;
                return oldest ? static_cast<double>((clock.now() - *oldest).count()) / 1000.0 : 0.0;
            });
        exporter.gauge("mercaptan_gateway_intake_queue", "Stored messages that are not decoded yet",
                       labels, field(&LaneStatus::queued));
        exporter.gauge(
            "mercaptan_gateway_intake_open", "0 while the broker has to keep the lane's messages",
            labels,
            [index](const Status& status) { return status.lanes[index].intake_open ? 1.0 : 0.0; });
        exporter.total("mercaptan_gateway_uplink_sent_total",
                       "Uplink messages sent, repetitions included", labels,
                       field(&LaneStatus::sent));
        exporter.total("mercaptan_gateway_uplink_rewinds_total",
                       "Times that sending started over behind the watermark", labels,
                       field(&LaneStatus::rewinds));
        exporter.total("mercaptan_gateway_refused_total", "What a limit refused, by reason",
                       {{"reason", "intake_paused_" + std::string{to_string(lane)}}},
                       field(&LaneStatus::intake_pauses));
    }
}

void export_messages(Exporter& exporter, const std::vector<std::string>& profile_names) {
    for (std::size_t profile = 0; profile < profile_names.size(); ++profile) {
        for (std::size_t result = 0; result < kMessageResultCount; ++result) {
            exporter.total("mercaptan_gateway_messages_total",
                           "Messages taken in, by what became of them",
                           {{"profile", profile_names[profile]},
                            {"result", std::string{to_string(static_cast<MessageResult>(result))}}},
                           [profile, result](const Status& status) {
                               return profile < status.messages.size()
                                          ? as_double(status.messages[profile][result])
                                          : 0.0;
                           });
        }
    }
    const auto result_total = [](MessageResult result) {
        return [result](const Status& status) {
            std::uint64_t sum = 0;
            for (const auto& row : status.messages) sum += row[static_cast<std::size_t>(result)];
            return as_double(sum);
        };
    };
    constexpr std::string_view kRefused = "mercaptan_gateway_refused_total";
    constexpr std::string_view kHelp = "What a limit refused, by reason";
    exporter.total(kRefused, kHelp, {{"reason", "rate_limited"}},
                   result_total(MessageResult::rate_limited));
    exporter.total(kRefused, kHelp, {{"reason", "oversized"}},
                   [](const Status& status) { return as_double(status.oversized); });
    exporter.total(kRefused, kHelp, {{"reason", "quarantine_full"}},
                   [](const Status& status) { return as_double(status.quarantine_dropped); });
    exporter.total(kRefused, kHelp, {{"reason", "device_untracked"}},
                   [](const Status& status) { return as_double(status.core.untracked); });
}

void export_core(Exporter& exporter) {
    const auto core = [](std::uint64_t CoreCounts::*member) {
        return [member](const Status& status) { return as_double(status.core.*member); };
    };
    const auto status = [](std::uint64_t Status::*member) {
        return [member](const Status& now) { return as_double(now.*member); };
    };
    exporter.total("mercaptan_gateway_sequence_missing_total", "Numbers that devices skipped", {},
                   core(&CoreCounts::missing));
    exporter.total("mercaptan_gateway_sequence_restarts_total", "Devices that began to count anew",
                   {}, core(&CoreCounts::counter_restarts));
    exporter.total("mercaptan_gateway_event_times_refused_total", "Device times too absurd to use",
                   {}, core(&CoreCounts::event_times_refused));
    exporter.total("mercaptan_gateway_promoted_total",
                   "Bulk readings that were emergencies by their content", {},
                   core(&CoreCounts::promoted));
    exporter.total("mercaptan_gateway_salvaged_total",
                   "Emergencies read from otherwise malformed messages", {},
                   status(&Status::salvaged));
    exporter.total("mercaptan_gateway_unknown_flags_total", "Status names that nobody knows", {},
                   status(&Status::unknown_flags));
    exporter.total("mercaptan_gateway_answers_total", "Acknowledgements to devices",
                   {{"result", "sent"}}, status(&Status::answers_sent));
    exporter.total("mercaptan_gateway_answers_total", "Acknowledgements to devices",
                   {{"result", "dropped"}}, status(&Status::answers_dropped));
    exporter.total("mercaptan_gateway_orders_total", "Orders of the processor to close a valve", {},
                   status(&Status::orders));
    exporter.total("mercaptan_gateway_orders_answered_total",
                   "Orders answered with the outcome of a command that was there before", {},
                   core(&CoreCounts::orders_answered));
    exporter.total("mercaptan_gateway_valve_commands_total", "Commands to valves, begun", {},
                   core(&CoreCounts::guard_commands));
    exporter.total("mercaptan_gateway_valve_attempts_total", "Commands to valves, sent", {},
                   core(&CoreCounts::guard_attempts));
    exporter.total("mercaptan_gateway_valve_results_total", "Ends of commands to valves",
                   {{"result", "done"}}, core(&CoreCounts::guard_done));
    exporter.total("mercaptan_gateway_valve_results_total", "Ends of commands to valves",
                   {{"result", "failed"}}, core(&CoreCounts::guard_failed));
    exporter.total("mercaptan_gateway_valve_results_total", "Ends of commands to valves",
                   {{"result", "no_answer"}}, core(&CoreCounts::guard_no_answer));
    exporter.gauge("mercaptan_gateway_valve_commands_pending", "Commands to valves, not ended", {},
                   status(&Status::commands_pending));
    exporter.total("mercaptan_gateway_watermarks_total", "Watermarks received", {{"result", "any"}},
                   status(&Status::watermarks));
    exporter.total("mercaptan_gateway_watermarks_total", "Watermarks received",
                   {{"result", "refused"}}, status(&Status::watermarks_refused));
    exporter.gauge("mercaptan_gateway_quarantine_entries", "Messages kept in quarantine", {},
                   status(&Status::quarantine_entries));
    exporter.gauge("mercaptan_gateway_quarantine_bytes", "Their size on disk", {},
                   status(&Status::quarantine_bytes));
    exporter.gauge("mercaptan_gateway_devices", "Devices remembered", {}, status(&Status::devices));
    exporter.total("mercaptan_gateway_commits_total", "Batches committed to the store", {},
                   status(&Status::commits));
    exporter.total("mercaptan_gateway_reloads_total", "Reloads of rules and registry taken over",
                   {}, status(&Status::reloads));
    exporter.gauge("mercaptan_gateway_field_connected",
                   "1 while both lanes are connected to the field broker", {},
                   [](const Status& now) { return now.field_connected ? 1.0 : 0.0; });
    exporter.gauge("mercaptan_gateway_uplink_connected", "1 while the central broker is connected",
                   {}, [](const Status& now) { return now.central_connected ? 1.0 : 0.0; });
}

}  // namespace

void export_metrics(metrics::Registry& metrics, const Gateway& gateway, Clock& clock,
                    const std::vector<std::string>& profile_names) {
    Exporter exporter{metrics, gateway};
    export_lanes(exporter, clock);
    export_messages(exporter, profile_names);
    export_core(exporter);
}

}  // namespace mercaptan::gateway
