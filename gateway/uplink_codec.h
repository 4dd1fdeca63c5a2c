#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/domain/reading.h"
#include "common/domain/result.h"
#include "common/wire/uplink.pb.h"
#include "gateway/core/guard.h"
#include "gateway/core/item.h"
#include "gateway/core/outbox.h"

namespace mercaptan::gateway {

inline constexpr std::uint32_t kWireVersion = 1;

[[nodiscard]] std::string uplink_topic(std::string_view gateway, Lane lane);
[[nodiscard]] std::string watermark_topic(std::string_view gateway);
[[nodiscard]] std::string order_topic(std::string_view gateway);

/// Writes the message without what it says of the oldest; `scratch` is reused for its memory.
void encode_uplink(std::string_view gateway, Lane lane, const RowId& row,
                   std::span<const Item> items, wire::Uplink& scratch, std::string& out);
/// Adds to an encoded message what the gateway still holds when it sends it: from which `seq` on of
/// the message's epoch, and from which epoch on of its lane. A scalar may follow in any place.
void append_oldest(std::uint64_t seq, std::uint64_t epoch, std::string& encoded);

/// Fails with invalid_input for anything but a command to close a valve that has a name.
[[nodiscard]] Result<PendingCommand> decode_order(std::string_view bytes);

}  // namespace mercaptan::gateway
