#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mercaptan::fleet {

/// MQTT 3.1.1 packet types, as the upper half of the first byte.
enum class PacketType : std::uint8_t {
    connack = 2,
    publish = 3,
    puback = 4,
    suback = 9,
    pingresp = 13,
};

/// A whole packet at the start of a buffer; the views point into that buffer.
struct Packet {
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    std::string_view body;
    std::size_t size = 0;  // With its header: what to skip to reach the next one.
};

struct PublishView {
    std::string_view topic;
    std::string_view payload;
    std::uint16_t packet_id = 0;  // 0 with QoS 0.
};

struct PublishFrame {
    std::string bytes;
    std::size_t packet_id_at = 0;  // Where the packet id stands, to be filled in when it is sent.
};

struct Login {
    std::string client_id;
    std::string username;
    std::string password;
    std::uint16_t keep_alive_s = 0;
};

std::string encode_connect(const Login& login);
std::string encode_subscribe(std::uint16_t packet_id, std::string_view filter);
std::string encode_puback(std::uint16_t packet_id);
std::string encode_pingreq();
std::string encode_disconnect();

/// A QoS 1 PUBLISH whose packet id is still zero.
PublishFrame encode_publish(std::string_view topic, std::string_view payload, bool retain);
void set_packet_id(PublishFrame& frame, std::uint16_t packet_id);
void mark_duplicate(PublishFrame& frame);

/// The first packet of the buffer, or nothing while it is incomplete.
std::optional<Packet> first_packet(std::string_view buffer);
/// Nothing when the body is too short to be a PUBLISH.
std::optional<PublishView> parse_publish(const Packet& packet);
/// The packet id of a PUBACK or SUBACK; 0 when the body is too short.
std::uint16_t packet_id_of(const Packet& packet);

}  // namespace mercaptan::fleet
