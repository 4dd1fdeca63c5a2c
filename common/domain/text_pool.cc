#include "common/domain/text_pool.h"

#include <cstring>

#include "common/domain/check.h"

namespace mercaptan {

std::uint64_t mix_text(std::uint64_t hash, std::string_view text) {
    const auto fold = [&](std::uint64_t word) {
        hash = (hash ^ word) * 0x9e3779b97f4a7c15;
        hash ^= hash >> 32U;
    };
    while (text.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), 8);
        fold(word);
        text.remove_prefix(8);
    }
    std::uint64_t tail = text.size() + 1;
    for (const char c : text) tail = (tail << 8U) | static_cast<unsigned char>(c);
    fold(tail);
    return hash;
}

std::uint32_t TextPool::append(std::string_view text) {
    const std::size_t place = bytes_.size();
    MERCAPTAN_CHECK(text.size() + 5 <= UINT32_MAX - place);
    if (text.size() < kLong) {
        bytes_.push_back(static_cast<char>(text.size()));
    } else {
        const auto size = static_cast<std::uint32_t>(text.size());
        bytes_.push_back(static_cast<char>(kLong));
        bytes_.append(reinterpret_cast<const char*>(&size), sizeof size);
    }
    bytes_.append(text);
    return static_cast<std::uint32_t>(place);
}

std::string_view TextPool::long_at(std::uint32_t place) const {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes_.data() + place + 1, sizeof size);
    return {bytes_.data() + place + 1 + sizeof size, size};
}

std::uint32_t Names::intern(std::string_view text) {
    std::size_t slot = slot_of(text);
    if (slots_[slot] != kEmpty) return slots_[slot];
    if ((places_.size() + 1) * 4 > slots_.size() * 3) {
        grow();
        slot = slot_of(text);
    }
    MERCAPTAN_CHECK(places_.size() < kEmpty);
    const auto number = static_cast<std::uint32_t>(places_.size());
    places_.push_back(texts_.append(text));
    slots_[slot] = number;
    return number;
}

std::optional<std::uint32_t> Names::find(std::string_view text) const {
    const std::uint32_t number = slots_[slot_of(text)];
    return number == kEmpty ? std::nullopt : std::optional{number};
}

std::size_t Names::slot_of(std::string_view text) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = static_cast<std::size_t>(mix_text(0, text) >> 16U) & mask;
    while (slots_[slot] != kEmpty && at(slots_[slot]) != text) slot = (slot + 1) & mask;
    return slot;
}

void Names::grow() {
    slots_.assign(slots_.size() * 2, kEmpty);
    for (std::uint32_t number = 0; number < places_.size(); ++number) {
        slots_[slot_of(at(number))] = number;
    }
}

}  // namespace mercaptan
