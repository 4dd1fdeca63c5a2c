#include "tests/simulation/sink_checker.h"

#include "common/domain/check.h"
#include "common/wire/uplink.pb.h"

namespace mercaptan::simulation {

void SinkChecker::on_arrival(const CentralBroker::Packet& packet) {
    if (packet.topic.ends_with("/watermark")) return on_watermark(packet);
    if (!store_.was_committed(packet.topic, packet.payload)) {
        findings_.add("effect_before_commit", packet.topic + " " + packet.payload);
    }
    if (packet.retain) {
        Instant& newest = newest_[packet.topic];
        if (packet.created_at < newest) {
            findings_.add("generations", packet.topic + " goes back by " +
                                             std::to_string((newest - packet.created_at).count()) +
                                             " ms");
        }
        newest = packet.created_at;
    }
    if (packet.topic.starts_with("mercaptan/v1/tickets/")) on_ticket(packet);
    if (packet.topic.starts_with("mercaptan/v1/dispatch/")) on_order(packet);
}

void SinkChecker::on_watermark(const CentralBroker::Packet& packet) {
    wire::Watermark watermark;
    MERCAPTAN_CHECK(watermark.ParseFromString(packet.payload));
    constexpr std::string_view kDown = "mercaptan/v1/down/";
    const std::string gateway =
        packet.topic.substr(kDown.size(), packet.topic.rfind('/') - kDown.size());
    for (const wire::Watermark::Mark& mark : watermark.marks()) {
        const Lane lane = mark.emergency() ? Lane::emergency : Lane::bulk;
        const std::uint64_t committed = store_.position(gateway, lane, mark.epoch());
        if (mark.seq() <= committed) continue;
        findings_.add("watermark", gateway + " is told " + std::to_string(mark.seq()) +
                                       " of epoch " + std::to_string(mark.epoch()) + " while " +
                                       std::to_string(committed) + " is committed");
    }
}

void SinkChecker::on_ticket(const CentralBroker::Packet& packet) {
    if (packet.payload.empty()) return;
    if (json_.parse_object(packet.payload) != JsonError::none)
        return findings_.add("sink", "a ticket that is not JSON");
    const auto version = json_.root().find("version");
    const std::uint64_t number = version ? version->uint64().value_or(0) : 0;
    std::uint64_t& newest = versions_[packet.topic.substr(packet.topic.rfind('/') + 1)];
    if (number < newest) {
        findings_.add("generations", packet.topic + " goes from version " + std::to_string(newest) +
                                         " to " + std::to_string(number));
    }
    newest = number;
}

void SinkChecker::on_order(const CentralBroker::Packet& packet) {
    if (json_.parse_object(packet.payload) != JsonError::none)
        return findings_.add("sink", "an order that is not JSON");
    const auto id = json_.root().find("order_id");
    const auto ticket = json_.root().find("ticket_id");
    const auto attempt = json_.root().find("attempt");
    if (!id || !ticket || !attempt) return findings_.add("sink", "an order without its ids");
    const std::string order_id{id->string().value_or("")};
    const std::pair key{std::string{ticket->string().value_or("")}, attempt->uint64().value_or(0)};
    const auto [same, added] = orders_.try_emplace(order_id, packet.payload);
    if (!added && same->second != packet.payload)
        findings_.add("order_id", order_id + " is given to two orders");
    const auto [one, fresh] = order_ids_.try_emplace(key, order_id);
    if (!fresh && one->second != order_id)
        findings_.add("order_id", order_id + " and " + one->second + " are one attempt");
}

void SinkChecker::check_complete() {
    for (const auto& [id, ticket] : store_.tickets()) {
        const auto shown = versions_.find(id);
        if (shown != versions_.end() && shown->second == ticket.version) continue;
        findings_.add("unsent", id + " has version " + std::to_string(ticket.version) +
                                    ", its receivers do not");
    }
}

}  // namespace mercaptan::simulation
