#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "processor/core/calendar.h"
#include "processor/core/effect.h"
#include "processor/io/rows.h"

namespace mercaptan::processor {

/// The notice as it is sent and kept: a CAP 1.2 document with a Chinese and an English part.
[[nodiscard]] NoticeRow to_row(const PublicNotice& notice, const TimeZone& time_zone);

/// An Atom feed (RFC 4287) of notices, the newest first as given. `base` is where the API is, with
/// its trailing slash.
[[nodiscard]] std::string render_feed(std::span<const std::pair<std::string, NoticeRow>> notices,
                                      std::string_view base, Instant now);

}  // namespace mercaptan::processor
