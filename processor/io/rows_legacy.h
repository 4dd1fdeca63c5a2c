#pragma once

#include <cstdint>
#include <optional>

#include "processor/core/ticket_model.h"

namespace mercaptan::processor {

/// What rows of before life cycles were files say by number: the states and events of a repair, in
/// the order that they had. Empty if there is no such number.
[[nodiscard]] std::optional<TicketState> legacy_state(std::uint32_t number);
[[nodiscard]] std::optional<TicketEvent> legacy_event(std::uint32_t number);

}  // namespace mercaptan::processor
