#include <optional>
#include <string>

#include "common/json/writer.h"
#include "common/log/log.h"
#include "gateway/gateway.h"

// What a gateway does after a commit: valves, and the answers to devices.
namespace mercaptan::gateway {
namespace {

/// Answers that wait for a sync; beyond, the oldest are dropped and the device repeats.
constexpr std::size_t kAnswersMax = 65'536;

std::string device_topic(const Name& site, const Name& device, std::string_view leaf) {
    std::string topic{"gas/v1/"};
    topic.append(site.view()).append("/").append(device.view()).append("/").append(leaf);
    return topic;
}

std::string command_json(const PendingCommand& command) {
    std::string text;
    JsonWriter json{text};
    json.begin_object();
    json.member("id", command.id);
    json.member("action", "close_valve");
    json.member("reason", command.reason);
    json.member("ticket", command.ticket);
    json.end_object();
    return text;
}

}  // namespace

void Gateway::act() {
    for (const GuardStep& step : out_.guard) {
        switch (step.kind) {
            case GuardStep::Kind::send:
                send(step.command);
                break;
            case GuardStep::Kind::join:
                log::info("order joined command={} order={}", log::quote(step.command.id),
                          log::quote(step.command.joined.back().id));
                break;
            case GuardStep::Kind::end:
            case GuardStep::Kind::answer:
                log::info("valve command ended id={} outcome={} detail={}",
                          log::quote(step.command.id), to_string(step.report.outcome),
                          log::quote(step.report.detail));
                break;
            case GuardStep::Kind::doubt:
                break;
        }
    }
}

void Gateway::send(const PendingCommand& command) {
    const bool sent = field_.publish_command(
        device_topic(command.site, command.valve, "command"), command_json(command),
        command.attempts == 1 ? std::optional{command.caused_at} : std::nullopt);
    log::warn("closing valve site={} valve={} id={} attempt={} sent={} reason={}",
              log::quote(command.site), log::quote(command.valve), log::quote(command.id),
              command.attempts, sent, log::quote(command.reason));
}

void Gateway::send_answers() {
    const std::uint64_t synced = ledger_.synced();
    while (!answers_.empty() &&
           (answers_.front().ticket <= synced || answers_.size() > kAnswersMax)) {
        const DeviceAnswer& answer = answers_.front().answer;
        bool sent = false;
        if (answers_.front().ticket <= synced) {
            sent = field_.publish(device_topic(answer.site, answer.device, "ack"),
                                  "{\"seq\":" + std::to_string(answer.seq) + "}");
        }
        ++(sent ? next_status_.answers_sent : next_status_.answers_dropped);
        answers_.pop_front();
    }
}

}  // namespace mercaptan::gateway
