#pragma once

#include <optional>
#include <string_view>

#include "processor/core/calendar.h"

namespace mercaptan::processor {

/// `08:00-20:00`, as files state a shift; an end at or before the beginning lies on the next day,
/// and `24:00` is the end of the day.
[[nodiscard]] std::optional<HoursOfDay> hours_from(std::string_view text);

}  // namespace mercaptan::processor
