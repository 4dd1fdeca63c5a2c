#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "common/domain/instant.h"

namespace mercaptan::processor {

/// The value that stands for none, and how to know it.
template <class T>
struct Absent;
template <>
struct Absent<Instant> {
    static constexpr Instant value{INT64_MIN};
    static constexpr bool is(Instant at) { return at == value; }
};
template <>
struct Absent<double> {
    static constexpr double value = std::numeric_limits<double>::quiet_NaN();
    static constexpr bool is(double number) { return number != number; }
};

/// An optional that takes no more room than its value: one that never occurs says that there is
/// none. The names are those of std::optional.
template <class T>
class Packed {
public:
    constexpr Packed() = default;
    constexpr Packed(std::nullopt_t) {}
    constexpr Packed(T value) : value_{value} {}
    constexpr Packed(const std::optional<T>& value) : value_{value.value_or(Absent<T>::value)} {}

    [[nodiscard]] constexpr bool has_value() const { return !Absent<T>::is(value_); }
    constexpr explicit operator bool() const { return has_value(); }
    constexpr const T& operator*() const { return value_; }
    constexpr void reset() { value_ = Absent<T>::value; }
    [[nodiscard]] constexpr std::optional<T> get() const {
        return has_value() ? std::optional{value_} : std::nullopt;
    }
    constexpr bool operator==(const Packed& other) const {
        return value_ == other.value_ || (!has_value() && !other.has_value());
    }

private:
    T value_ = Absent<T>::value;
};

}  // namespace mercaptan::processor
