#include "gateway/uplink_codec.h"

#include <variant>

#include "common/domain/check.h"

namespace mercaptan::gateway {
namespace {

void encode(const Reading& reading, wire::Item& item) {
    wire::Reading& out = *item.mutable_reading();
    out.set_site(reading.site.view().data(), reading.site.view().size());
    out.set_device(reading.device.view().data(), reading.device.view().size());
    if (reading.event_at) out.set_event_at_ms(reading.event_at->ms);
    if (reading.seq) out.set_seq(*reading.seq);
    out.set_status(reading.status.bits());
    out.set_urgent(reading.urgent);
    reading.values.for_each([&](Quantity quantity, double number) {
        out.add_quantities(static_cast<std::uint32_t>(quantity));
        out.add_numbers(number);
    });
}

void encode(const OnlineChange& change, wire::Item& item) {
    wire::Online& out = *item.mutable_online();
    out.set_site(change.site.str());
    out.set_device(change.device.str());
    out.set_online(change.online);
}

void encode(const UnreadableMessage& message, wire::Item& item) {
    wire::Unreadable& out = *item.mutable_unreadable();
    out.set_site(message.site.str());
    out.set_device(message.device.str());
    out.set_on_alarm_topic(message.on_alarm_topic);
    out.set_reason(message.reason);
}

wire::ValveReport::Outcome wire_outcome(ValveOutcome outcome) {
    switch (outcome) {
        case ValveOutcome::sent:
            return wire::ValveReport::SENT;
        case ValveOutcome::done:
            return wire::ValveReport::DONE;
        case ValveOutcome::failed:
            return wire::ValveReport::FAILED;
        case ValveOutcome::no_answer:
            break;
    }
    return wire::ValveReport::NO_ANSWER;
}

void encode(const ValveReport& report, wire::Item& item) {
    wire::ValveReport& out = *item.mutable_valve();
    out.set_site(report.site.str());
    out.set_valve(report.valve.str());
    out.set_command_id(report.command_id);
    out.set_outcome(wire_outcome(report.outcome));
    out.set_detail(report.detail);
    out.set_ticket(report.ticket);
    out.set_reason(report.reason);
}

/// `field` is below 16, so that its tag is one byte.
void append_varint(int field, std::uint64_t number, std::string& encoded) {
    encoded.push_back(static_cast<char>(field << 3));
    while (number >= 0x80) {
        encoded.push_back(static_cast<char>((number & 0x7FU) | 0x80U));
        number >>= 7U;
    }
    encoded.push_back(static_cast<char>(number));
}

}  // namespace

std::string uplink_topic(std::string_view gateway, Lane lane) {
    return "mercaptan/v1/up/" + std::string{gateway} + "/" + std::string{to_string(lane)};
}

std::string watermark_topic(std::string_view gateway) {
    return "mercaptan/v1/down/" + std::string{gateway} + "/watermark";
}

std::string order_topic(std::string_view gateway) {
    return "mercaptan/v1/down/" + std::string{gateway} + "/command";
}

void encode_uplink(std::string_view gateway, Lane lane, const RowId& row,
                   std::span<const Item> items, wire::Uplink& scratch, std::string& out) {
    scratch.Clear();
    scratch.set_version(kWireVersion);
    scratch.set_gateway(gateway.data(), gateway.size());
    scratch.set_epoch(row.epoch);
    scratch.set_seq(row.seq);
    scratch.set_emergency(lane == Lane::emergency);
    for (const Item& item : items) {
        wire::Item& target = *scratch.add_items();
        target.set_origin_epoch(item.origin.epoch);
        target.set_origin_seq(item.origin.seq);
        target.set_origin_part(item.origin.part);
        target.set_origin_emergency(item.origin.lane == Lane::emergency);
        target.set_received_at_ms(item.received_at.ms);
        std::visit([&](const auto& body) { encode(body, target); }, item.body);
    }
    out.clear();
    MERCAPTAN_CHECK(scratch.AppendToString(&out));
}

void append_oldest(std::uint64_t seq, std::uint64_t epoch, std::string& encoded) {
    append_varint(wire::Uplink::kOldestSeqFieldNumber, seq, encoded);
    append_varint(wire::Uplink::kOldestEpochFieldNumber, epoch, encoded);
}

Result<PendingCommand> decode_order(std::string_view bytes) {
    wire::ValveCommand order;
    if (!order.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        return fail(ErrorCode::invalid_input, "the order is not a ValveCommand");
    }
    if (order.version() != kWireVersion) {
        return fail(ErrorCode::invalid_input,
                    "the order's version is " + std::to_string(order.version()) + ", expected 1");
    }
    if (order.id().empty() || !is_name(order.site()) || !is_name(order.valve())) {
        return fail(ErrorCode::invalid_input, "the order lacks an id, a site or a valve");
    }
    PendingCommand command;
    command.id = order.id();
    command.site = Name{order.site()};
    command.valve = Name{order.valve()};
    command.reason = order.reason();
    command.ticket = order.ticket();
    return command;
}

}  // namespace mercaptan::gateway
