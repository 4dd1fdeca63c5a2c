#include "common/config/duration.h"

#include <array>
#include <charconv>
#include <utility>

namespace mercaptan::config {
namespace {

struct UnitName {
    std::string_view name;
    Span::Unit unit;
    std::int64_t factor;  // Milliseconds, or days.
};

constexpr std::array<UnitName, 6> kUnits{{{"ms", Span::Unit::exact, 1},
                                          {"s", Span::Unit::exact, 1'000},
                                          {"m", Span::Unit::exact, 60'000},
                                          {"h", Span::Unit::exact, 3'600'000},
                                          {"d", Span::Unit::days, 1},
                                          {"bd", Span::Unit::business_days, 1}}};

constexpr std::string_view kExpectedSpan =
    "expected a duration such as 500ms, 3s, 30m, 2h, 3d or 3bd";
constexpr std::string_view kExpectedDuration = "expected a duration such as 500ms, 3s, 30m or 2h";

const UnitName* unit_named(std::string_view name) {
    for (const UnitName& unit : kUnits) {
        if (unit.name == name) return &unit;
    }
    return nullptr;
}

Failure refused(std::string_view expected) {
    return fail(ErrorCode::invalid_input, std::string{expected});
}

Result<Span> parse(std::string_view text, Zero zero, std::string_view expected) {
    std::int64_t count = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, count);
    const UnitName* unit = unit_named({rest, static_cast<std::size_t>(end - rest)});
    if (error == std::errc::invalid_argument || text.front() == '-' || unit == nullptr) {
        return refused(expected);
    }
    const std::int64_t count_max =
        unit->unit == Span::Unit::exact ? kDurationMax.count() / unit->factor : kSpanDaysMax;
    if (error != std::errc{} || count > count_max) {
        return refused("expected a duration of at most ten years");
    }
    if (count == 0 && zero == Zero::refused) return refused("expected a duration above zero");
    return Span{unit->unit, count * unit->factor};
}

}  // namespace

Result<Span> parse_span(std::string_view text, Zero zero) {
    return parse(text, zero, kExpectedSpan);
}

Result<Duration> parse_duration(std::string_view text, Zero zero) {
    const Result<Span> span = parse(text, zero, kExpectedDuration);
    if (!span) return tl::unexpected{span.error()};
    if (!span->exact()) return refused(kExpectedDuration);
    return Duration{span->count};
}

std::string to_string(const Span& span) {
    std::string_view name = "ms";
    std::int64_t factor = 1;
    for (const UnitName& unit : kUnits) {
        if (unit.unit != span.unit || span.count % unit.factor != 0) continue;
        if (span.count == 0 && unit.name != "s" && span.exact()) continue;
        name = unit.name;
        factor = unit.factor;
    }
    return std::to_string(span.count / factor).append(name);
}

std::string to_string(Duration duration) {
    return to_string(Span::of(duration));
}

}  // namespace mercaptan::config
