#include "processor/io/time_zone_file.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/config/file.h"
#include "common/config/wording.h"

namespace mercaptan::processor {
namespace {

constexpr std::size_t kZoneFileBytesMax = 1U << 20U;
constexpr std::size_t kZoneNameBytesMax = 64;
constexpr std::uint32_t kTransitionsMax = 10'000;
constexpr std::uint32_t kTypesMax = 256;         // An index into them is one byte.
constexpr std::uint32_t kRestMax = 10'000;       // Names, leap seconds, indicators: skipped.
constexpr std::int32_t kOffsetMaxS = 26 * 3600;  // RFC 8536 section 3.2.
constexpr std::int64_t kSecondsMax = kInstantMax.ms / 1000;
constexpr std::int64_t kSecondsMin = kInstantMin.ms / 1000;
constexpr std::int64_t kYear2037 = 2'114'380'800;  // 2037-01-01T00:00:00Z, in seconds.

Failure malformed(std::string_view what) {
    return fail(ErrorCode::invalid_input,
                "expected time zone data (TZif version 2 or later): " + std::string{what});
}

/// Takes big-endian numbers off the front; `ok` turns false for good when the bytes run out.
class Bytes {
public:
    explicit Bytes(std::string_view bytes) : rest_{bytes} {}

    std::uint64_t number(std::size_t size) {
        if (!need(size)) return 0;
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i) {
            value = value << 8U | static_cast<unsigned char>(rest_[i]);
        }
        rest_.remove_prefix(size);
        return value;
    }
    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::int32_t i32() { return static_cast<std::int32_t>(u32()); }
    std::int64_t i64() { return static_cast<std::int64_t>(number(8)); }
    std::string_view take(std::size_t size) {
        if (!need(size)) return {};
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    [[nodiscard]] std::string_view rest() const { return rest_; }
    [[nodiscard]] bool ok() const { return ok_; }

private:
    bool need(std::size_t size) {
        ok_ = ok_ && size <= rest_.size();
        return ok_;
    }

    std::string_view rest_;
    bool ok_ = true;
};

struct Header {
    std::uint32_t indicators_utc = 0;
    std::uint32_t indicators_standard = 0;
    std::uint32_t leap_seconds = 0;
    std::uint32_t transitions = 0;
    std::uint32_t types = 0;
    std::uint32_t name_bytes = 0;

    [[nodiscard]] std::size_t body_bytes(std::size_t time_bytes) const {
        return transitions * (time_bytes + 1) + types * std::size_t{6} + name_bytes +
               leap_seconds * (time_bytes + 4) + indicators_standard + indicators_utc;
    }
};

std::optional<Header> read_header(Bytes& bytes) {
    if (bytes.take(4) != "TZif" || bytes.u8() < '2') return std::nullopt;
    bytes.take(15);  // Reserved.
    Header header;
    header.indicators_utc = bytes.u32();
    header.indicators_standard = bytes.u32();
    header.leap_seconds = bytes.u32();
    header.transitions = bytes.u32();
    header.types = bytes.u32();
    header.name_bytes = bytes.u32();
    const bool within_limits = header.transitions <= kTransitionsMax && header.types <= kTypesMax &&
                               std::max({header.indicators_utc, header.indicators_standard,
                                         header.leap_seconds, header.name_bytes}) <= kRestMax;
    if (!bytes.ok() || !within_limits) return std::nullopt;
    return header;
}

struct Body {
    std::vector<std::int64_t> at_s;
    std::vector<std::uint8_t> type;      // Of each transition.
    std::vector<std::int32_t> offset_s;  // Of each type.
};

Body read_body(Bytes& bytes, const Header& header) {
    Body body;
    for (std::uint32_t i = 0; i < header.transitions; ++i) body.at_s.push_back(bytes.i64());
    for (std::uint32_t i = 0; i < header.transitions; ++i) body.type.push_back(bytes.u8());
    for (std::uint32_t i = 0; i < header.types; ++i) {
        body.offset_s.push_back(bytes.i32());
        bytes.take(2);  // Daylight saving or not, and its name.
    }
    bytes.take(header.name_bytes + header.leap_seconds * std::size_t{12} +
               header.indicators_standard + header.indicators_utc);
    return body;
}

bool is_sound(const Body& body) {
    const auto type_known = [&](std::uint8_t type) { return type < body.offset_s.size(); };
    const auto offset_sane = [](std::int32_t offset) {
        return -kOffsetMaxS <= offset && offset <= kOffsetMaxS;
    };
    return !body.offset_s.empty() && std::all_of(body.type.begin(), body.type.end(), type_known) &&
           std::all_of(body.offset_s.begin(), body.offset_s.end(), offset_sane) &&
           std::adjacent_find(body.at_s.begin(), body.at_s.end(), std::greater_equal<>{}) ==
               body.at_s.end();
}

/// Before the first transition the first type holds (RFC 8536 section 3.2). Transitions that lie
/// before the first instant we know only say what holds from then on.
std::vector<TimeZone::Transition> transitions_of(const Body& body) {
    std::vector<TimeZone::Transition> transitions{{kInstantMin, body.offset_s.front()}};
    for (std::size_t i = 0; i < body.at_s.size(); ++i) {
        const std::int32_t offset = body.offset_s[body.type[i]];
        if (body.at_s[i] <= kSecondsMin) {
            transitions.front().offset_s = offset;
        } else if (body.at_s[i] < kSecondsMax) {
            transitions.push_back({Instant{body.at_s[i] * 1000}, offset});
        }
    }
    return transitions;
}

bool is_zone_name(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '+' || c == '-' || c == '/';
    };
    return !name.empty() && name.size() <= kZoneNameBytesMax && name.front() != '/' &&
           name.back() != '/' && std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace

Result<TimeZone> parse_tzif(std::string_view data) {
    Bytes bytes{data};
    // The same data comes twice: with 32-bit times for old readers, then with 64-bit ones.
    const auto old_header = read_header(bytes);
    if (!old_header) return malformed("the header");
    bytes.take(old_header->body_bytes(4));
    const auto header = read_header(bytes);
    if (!header) return malformed("the second header");
    const Body body = read_body(bytes, *header);
    if (!bytes.ok()) return malformed("it ends too early");
    if (!is_sound(body)) return malformed("its transitions");
    const bool rule_goes_on = bytes.rest().find(',') != std::string_view::npos;
    if (rule_goes_on && (body.at_s.empty() || body.at_s.back() < kYear2037)) {
        return fail(ErrorCode::invalid_input,
                    "expected a time zone whose transitions are listed to 2037");
    }
    return TimeZone{transitions_of(body)};
}

Result<TimeZone> load_time_zone(std::string_view name, const std::filesystem::path& zoneinfo) {
    const std::string quoted = config::quote(name);
    if (!is_zone_name(name)) {
        return fail(ErrorCode::invalid_input,
                    "expected a name such as Asia/Shanghai, got " + quoted);
    }
    auto bytes = config::read_file(zoneinfo / std::string{name}, kZoneFileBytesMax);
    if (!bytes) {
        return fail(ErrorCode::invalid_input,
                    "expected the name of a zone under " + zoneinfo.string() + ", got " + quoted);
    }
    auto zone = parse_tzif(*bytes);
    if (!zone) {
        return fail(ErrorCode::invalid_input,
                    zone.error().message + ", got " + (zoneinfo / std::string{name}).string());
    }
    return zone;
}

}  // namespace mercaptan::processor
