#pragma once

#include <filesystem>
#include <string_view>

#include "common/domain/result.h"
#include "processor/core/calendar.h"

namespace mercaptan::processor {

/// Reads compiled time zone data (RFC 8536, version 2 or later; leap seconds are not used). Fails
/// with invalid_input; the message starts with "expected". A zone whose daylight saving goes on
/// past its listed transitions must list them to 2037 at least: rules in the footer are not read.
[[nodiscard]] Result<TimeZone> parse_tzif(std::string_view bytes);

/// The zone of that name, as `Asia/Shanghai`, from the folder of zone files. Fails as above.
[[nodiscard]] Result<TimeZone> load_time_zone(std::string_view name,
                                              const std::filesystem::path& zoneinfo);

}  // namespace mercaptan::processor
