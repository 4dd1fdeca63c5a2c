#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "common/config/yaml.h"

namespace mercaptan::processor {

/// The names of the first `N` values of an enum that counts from 0 and has a `to_string`: what
/// `config::Section::choice` wants, without writing them down a second time.
template <class Enum, std::size_t N>
[[nodiscard]] std::array<std::string_view, N> names_of() {
    std::array<std::string_view, N> names;
    for (std::size_t i = 0; i < N; ++i) names[i] = to_string(static_cast<Enum>(i));
    return names;
}

/// Whether the key holds one of the names: after `choice`, whether its answer means anything.
[[nodiscard]] inline bool holds_one_of(config::Section section, std::string_view key,
                                       std::span<const std::string_view> names) {
    const auto text = section.optional_string(key);
    return text && std::find(names.begin(), names.end(), *text) != names.end();
}

}  // namespace mercaptan::processor
