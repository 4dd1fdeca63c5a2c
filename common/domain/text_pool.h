#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mercaptan {

/// Hashes eight bytes at a time, on top of `hash`. Quick; differs between versions and machines, so
/// nothing of it may be stored or sent.
[[nodiscard]] std::uint64_t mix_text(std::uint64_t hash, std::string_view text);

/// Texts packed one behind the other, each with a byte or five of length before it and named by its
/// place. Only grows: to 4 GiB at most, beyond which `append` is a broken invariant.
class TextPool {
public:
    /// The place of the text from now on.
    [[nodiscard]] std::uint32_t append(std::string_view text);
    /// Valid until the next `append`.
    [[nodiscard]] std::string_view at(std::uint32_t place) const {
        const auto size = static_cast<unsigned char>(bytes_[place]);
        if (size != kLong) return {bytes_.data() + place + 1, size};
        return long_at(place);
    }
    /// Begins to bring the first 32 bytes at `place` into the cache.
    void prefetch(std::uint32_t place) const {
        __builtin_prefetch(bytes_.data() + place);
        __builtin_prefetch(bytes_.data() + place + 31);
    }

private:
    static constexpr unsigned char kLong = 255;  // Four bytes of size follow.
    [[nodiscard]] std::string_view long_at(std::uint32_t place) const;
    std::string bytes_;
};

/// Texts that many share, each kept once and numbered in the order of their coming.
class Names {
public:
    /// The number of the text, which is new if there was none.
    [[nodiscard]] std::uint32_t intern(std::string_view text);
    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view text) const;
    /// Valid until the next `intern`.
    [[nodiscard]] std::string_view at(std::uint32_t number) const {
        return texts_.at(places_[number]);
    }
    void prefetch(std::uint32_t number) const { texts_.prefetch(places_[number]); }
    [[nodiscard]] std::size_t size() const { return places_.size(); }

private:
    static constexpr std::uint32_t kEmpty = UINT32_MAX;
    [[nodiscard]] std::size_t slot_of(std::string_view text) const;
    void grow();

    TextPool texts_;
    std::vector<std::uint32_t> places_;  // By number.
    std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(16, kEmpty);
};

}  // namespace mercaptan
