#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// How numbers and texts stand in keys and hand-made values. Keys are big-endian, so that bytes sort
// as the numbers do; values are small.
namespace mercaptan::processor::bytes {

// Put together in place and appended at once: a push_back per byte costs several times as much.
template <class Unsigned>
void put_big_endian(std::string& out, Unsigned number) {
    std::array<char, sizeof(Unsigned)>
        raw;  // NOLINT(cppcoreguidelines-pro-type-member-init): all set.
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const auto shift = 8 * (raw.size() - 1 - i);
        raw[i] = static_cast<char>(static_cast<unsigned char>(number >> shift));
    }
    out.append(raw.data(), raw.size());
}

/// Flips the sign bit: negative numbers sort before positive ones.
inline std::uint64_t sortable(std::int64_t number) {
    return static_cast<std::uint64_t>(number) ^ (1ULL << 63U);
}
inline std::int64_t unsortable(std::uint64_t number) {
    return static_cast<std::int64_t>(number ^ (1ULL << 63U));
}

/// LEB128.
inline void put_varint(std::string& out, std::uint64_t number) {
    if (number < 0x80) return out.push_back(static_cast<char>(number));
    std::array<char, 10>
        raw;  // NOLINT(cppcoreguidelines-pro-type-member-init): set as far as used.
    std::size_t size = 0;
    for (; number >= 0x80; number >>= 7U) {
        raw[size++] = static_cast<char>(static_cast<unsigned char>(number | 0x80U));
    }
    raw[size++] = static_cast<char>(number);
    out.append(raw.data(), size);
}

/// Small numbers of either sign stay short.
inline std::uint64_t zigzag(std::int64_t number) {
    return (static_cast<std::uint64_t>(number) << 1U) ^ static_cast<std::uint64_t>(number >> 63);
}
inline std::int64_t unzigzag(std::uint64_t number) {
    return static_cast<std::int64_t>((number >> 1U) ^ (~(number & 1U) + 1U));
}

/// `to - from` that wraps instead of overflowing; `add_wrapped` undoes it.
inline std::int64_t difference(std::int64_t to, std::int64_t from) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(to) -
                                     static_cast<std::uint64_t>(from));
}
inline std::int64_t add_wrapped(std::int64_t from, std::int64_t delta) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(from) +
                                     static_cast<std::uint64_t>(delta));
}

/// Little-endian IEEE 754.
inline void put_double(std::string& out, double number) {
    static_assert(std::endian::native == std::endian::little);
    char raw[sizeof number];
    std::memcpy(raw, &number, sizeof number);
    out.append(raw, sizeof number);
}

inline void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out.append(text);
}

/// Reads what the functions above wrote. Once something does not fit, `ok` is false for good and
/// every number is zero, every text empty.
class Reader {
public:
    explicit Reader(std::string_view rest) : rest_{rest} {}

    [[nodiscard]] bool ok() const { return ok_; }
    /// Everything was read and nothing was wrong.
    [[nodiscard]] bool finished() const { return ok_ && rest_.empty(); }
    [[nodiscard]] bool empty() const { return rest_.empty(); }
    void fail() { ok_ = false; }

    std::string_view take(std::size_t size) {
        if (!ok_ || rest_.size() < size) {
            ok_ = false;
            return {};
        }
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }

    std::uint8_t byte() {
        const std::string_view taken = take(1);
        return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken[0]);
    }

    template <class Unsigned>
    Unsigned big_endian() {
        Unsigned number = 0;
        for (const char c : take(sizeof(Unsigned))) {
            number = static_cast<Unsigned>((number << 8U) | static_cast<unsigned char>(c));
        }
        return number;
    }

    std::uint64_t varint() {
        std::uint64_t number = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint64_t part = byte();
            if (!ok_) return 0;
            const std::uint64_t bits = part & 0x7FU;
            if (shift == 63 && bits > 1) break;
            number |= bits << shift;
            if ((part & 0x80U) == 0) return number;
        }
        ok_ = false;
        return 0;
    }

    /// A varint that must not be above `most`.
    std::uint64_t varint_up_to(std::uint64_t most) {
        const std::uint64_t number = varint();
        if (number > most) ok_ = false;
        return ok_ ? number : 0;
    }

    std::int64_t signed_varint() { return unzigzag(varint()); }

    double real() {
        double number = 0;
        const std::string_view raw = take(sizeof number);
        if (!raw.empty()) std::memcpy(&number, raw.data(), sizeof number);
        return number;
    }

    std::string_view text() { return take(varint()); }

    /// Up to the next zero byte, which is taken too.
    std::string_view until_zero() {
        const std::size_t end = rest_.find('\0');
        if (!ok_ || end == std::string_view::npos) {
            ok_ = false;
            return {};
        }
        const std::string_view taken = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return taken;
    }

private:
    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace mercaptan::processor::bytes
