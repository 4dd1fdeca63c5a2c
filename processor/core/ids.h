#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "common/domain/instant.h"

namespace mercaptan::processor {

/// A 64-bit hash that is the same on every machine and in every version (FNV-1a, finished by
/// Murmur3's mixer). Parts are told apart: {"ab", "c"} differs from {"a", "bc"}.
[[nodiscard]] std::uint64_t stable_hash(std::initializer_list<std::string_view> parts);

/// `T` and 22 characters of Crockford's base 32 that sort by `recorded_at`, then by what opened it.
[[nodiscard]] std::string ticket_id(Instant recorded_at, std::string_view hazard_key,
                                    std::string_view source);

/// `p-0123456789abcdef`: the same for the same content, on every machine.
[[nodiscard]] std::string content_version(std::string_view prefix,
                                          std::initializer_list<std::string_view> parts);

/// `A` and 13 characters: the same for every occurrence of a device's condition.
[[nodiscard]] std::string alarm_id(std::string_view site, std::string_view device,
                                   std::string_view condition);

}  // namespace mercaptan::processor
