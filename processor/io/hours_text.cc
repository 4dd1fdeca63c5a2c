#include "processor/io/hours_text.h"

#include <cstdint>

namespace mercaptan::processor {
namespace {

std::optional<int> two_digits(std::string_view text) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() != 2 || !digit(text[0]) || !digit(text[1])) return std::nullopt;
    return (text[0] - '0') * 10 + (text[1] - '0');
}

/// `08:30`; `24:00` is the end of the day.
std::optional<std::uint16_t> minute_from(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hour = two_digits(text.substr(0, 2));
    const auto minute = two_digits(text.substr(3, 2));
    if (!hour || !minute || *minute > 59 || *hour * 60 + *minute > 24 * 60) return std::nullopt;
    return static_cast<std::uint16_t>(*hour * 60 + *minute);
}

}  // namespace

std::optional<HoursOfDay> hours_from(std::string_view text) {
    if (text.size() != 11 || text[5] != '-') return std::nullopt;
    const auto from = minute_from(text.substr(0, 5));
    const auto to = minute_from(text.substr(6));
    if (!from || !to || *from == 24 * 60) return std::nullopt;
    return HoursOfDay{*from, *to};
}

}  // namespace mercaptan::processor
