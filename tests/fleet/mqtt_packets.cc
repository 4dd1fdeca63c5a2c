#include "tests/fleet/mqtt_packets.h"

namespace mercaptan::fleet {
namespace {

constexpr std::uint8_t kConnect = 0x10;
constexpr std::uint8_t kPublishQos1 = 0x32;
constexpr std::uint8_t kRetainFlag = 0x01;
constexpr std::uint8_t kDuplicateFlag = 0x08;
constexpr std::uint8_t kSubscribe = 0x82;
constexpr std::uint8_t kCleanSession = 0x02;
constexpr std::uint8_t kHasLogin = 0xC0;

char byte(std::size_t value) {
    return static_cast<char>(static_cast<std::uint8_t>(value));
}

void put_u16(std::string& out, std::size_t value) {
    out += byte(value >> 8U);
    out += byte(value & 0xffU);
}

void put_text(std::string& out, std::string_view text) {
    put_u16(out, text.size());
    out += text;
}

/// First byte and the remaining length as a base-128 number, least significant group first.
void put_header(std::string& out, std::uint8_t first, std::size_t length) {
    out += byte(first);
    do {
        const std::size_t group = length & 0x7fU;
        length >>= 7U;
        out += byte(length > 0 ? group | 0x80U : group);
    } while (length > 0);
}

std::uint16_t read_u16(std::string_view bytes) {
    const auto high = static_cast<std::uint8_t>(bytes[0]);
    const auto low = static_cast<std::uint8_t>(bytes[1]);
    return static_cast<std::uint16_t>((high << 8U) | low);
}

}  // namespace

std::string encode_connect(const Login& login) {
    std::string body;
    put_text(body, "MQTT");
    body += byte(4);  // Protocol level of 3.1.1.
    const bool has_login = !login.username.empty();
    body += byte(has_login ? kCleanSession | kHasLogin : kCleanSession);
    put_u16(body, login.keep_alive_s);
    put_text(body, login.client_id);
    if (has_login) {
        put_text(body, login.username);
        put_text(body, login.password);
    }
    std::string out;
    put_header(out, kConnect, body.size());
    return out + body;
}

std::string encode_subscribe(std::uint16_t packet_id, std::string_view filter) {
    std::string body;
    put_u16(body, packet_id);
    put_text(body, filter);
    body += byte(1);  // QoS 1.
    std::string out;
    put_header(out, kSubscribe, body.size());
    return out + body;
}

std::string encode_puback(std::uint16_t packet_id) {
    std::string out{"\x40\x02"};
    put_u16(out, packet_id);
    return out;
}

std::string encode_pingreq() {
    return {'\xC0', '\0'};
}

std::string encode_disconnect() {
    return {'\xE0', '\0'};
}

PublishFrame encode_publish(std::string_view topic, std::string_view payload, bool retain) {
    PublishFrame frame;
    frame.bytes.reserve(topic.size() + payload.size() + 9);
    const auto first = static_cast<std::uint8_t>(kPublishQos1 | (retain ? kRetainFlag : 0U));
    put_header(frame.bytes, first, 2 + topic.size() + 2 + payload.size());
    put_text(frame.bytes, topic);
    frame.packet_id_at = frame.bytes.size();
    put_u16(frame.bytes, 0);
    frame.bytes += payload;
    return frame;
}

void set_packet_id(PublishFrame& frame, std::uint16_t packet_id) {
    frame.bytes[frame.packet_id_at] = byte(packet_id >> 8U);
    frame.bytes[frame.packet_id_at + 1] = byte(packet_id & 0xffU);
}

void mark_duplicate(PublishFrame& frame) {
    frame.bytes[0] = byte(static_cast<std::uint8_t>(frame.bytes[0]) | kDuplicateFlag);
}

std::optional<Packet> first_packet(std::string_view buffer) {
    constexpr std::size_t kLengthBytesMax = 4;
    std::size_t length = 0;
    for (std::size_t i = 0; i < kLengthBytesMax; ++i) {
        if (buffer.size() < i + 2) return std::nullopt;
        const auto group = static_cast<std::uint8_t>(buffer[i + 1]);
        length |= static_cast<std::size_t>(group & 0x7fU) << (7 * i);
        if ((group & 0x80U) != 0) continue;
        const std::size_t header = i + 2;
        if (buffer.size() < header + length) return std::nullopt;
        const auto first = static_cast<std::uint8_t>(buffer[0]);
        return Packet{.type = static_cast<std::uint8_t>(first >> 4U),
                      .flags = static_cast<std::uint8_t>(first & 0x0fU),
                      .body = buffer.substr(header, length),
                      .size = header + length};
    }
    return std::nullopt;
}

std::optional<PublishView> parse_publish(const Packet& packet) {
    if (packet.body.size() < 2) return std::nullopt;
    const std::size_t topic_size = read_u16(packet.body);
    const bool has_id = (packet.flags & 0x06U) != 0;
    const std::size_t payload_at = 2 + topic_size + (has_id ? 2 : 0);
    if (packet.body.size() < payload_at) return std::nullopt;
    PublishView view;
    view.topic = packet.body.substr(2, topic_size);
    view.payload = packet.body.substr(payload_at);
    if (has_id) view.packet_id = read_u16(packet.body.substr(2 + topic_size, 2));
    return view;
}

std::uint16_t packet_id_of(const Packet& packet) {
    return packet.body.size() < 2 ? std::uint16_t{0} : read_u16(packet.body);
}

}  // namespace mercaptan::fleet
