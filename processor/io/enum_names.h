#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace mercaptan::processor {

/// The names of the first `N` values of an enum that counts from 0 and has a `to_string`: what
/// `config::Section::choice` wants, without writing them down a second time.
template <class Enum, std::size_t N>
[[nodiscard]] std::array<std::string_view, N> names_of() {
    std::array<std::string_view, N> names;
    for (std::size_t i = 0; i < N; ++i) names[i] = to_string(static_cast<Enum>(i));
    return names;
}

}  // namespace mercaptan::processor
