#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/domain/check.h"

namespace mercaptan {

/// A short text held in place: no allocation, trivially copyable. Longer text does not fit; ask
/// `fits` before constructing from input.
template <std::size_t Capacity>
class ShortText {
    static_assert(Capacity <= 255);

public:
    constexpr ShortText() = default;
    /// The text must fit (see `fits`); longer is a broken invariant.
    constexpr ShortText(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
        MERCAPTAN_CHECK(fits(text));
        std::copy(text.begin(), text.end(), bytes_.begin());
    }
    constexpr ShortText(const char* text) : ShortText(std::string_view{text}) {}
    ShortText(const std::string& text) : ShortText(std::string_view{text}) {}

    static constexpr bool fits(std::string_view text) { return text.size() <= Capacity; }
    static constexpr std::size_t capacity() { return Capacity; }

    constexpr std::string_view view() const { return {bytes_.data(), size_}; }
    constexpr operator std::string_view() const { return view(); }
    std::string str() const { return std::string{view()}; }
    constexpr bool empty() const { return size_ == 0; }

    friend constexpr bool operator==(const ShortText& a, const ShortText& b) {
        return a.view() == b.view();
    }
    /// Compares as text: the other side may be longer than would fit.
    template <std::convertible_to<std::string_view> Text>
    friend constexpr bool operator==(const ShortText& a, const Text& b) {
        return a.view() == std::string_view{b};
    }
    friend constexpr auto operator<=>(const ShortText& a, const ShortText& b) {
        return a.view() <=> b.view();
    }

private:
    std::array<char, Capacity> bytes_{};
    std::uint8_t size_ = 0;
};

/// A name in the field: site, device, zone, gateway, crew. MQTT topic levels; see `is_name`.
using Name = ShortText<63>;

/// True for 1 to 63 bytes of valid UTF-8 without control characters, `/`, `+` or `#`: what can
/// stand as one level of an MQTT topic.
[[nodiscard]] bool is_name(std::string_view text);

/// True if the bytes are well-formed UTF-8 (no overlong forms, no surrogates, up to U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace mercaptan

template <std::size_t Capacity>
struct std::hash<mercaptan::ShortText<Capacity>> {
    std::size_t operator()(const mercaptan::ShortText<Capacity>& text) const noexcept {
        return std::hash<std::string_view>{}(text.view());
    }
};
