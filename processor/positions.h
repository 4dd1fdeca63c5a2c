#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "common/domain/reading.h"
#include "processor/io/rows.h"

namespace mercaptan::processor {

/// What of each gateway's messages has been taken in: per lane and epoch everything up to a
/// watermark, and islands beyond it. A message is taken in once, whatever is sent again.
class Positions {
public:
    static constexpr std::size_t kAheadMax =
        4096;                                     // Islands; beyond, a message must be sent again.
    static constexpr std::size_t kEpochsMax = 8;  // Per gateway and lane; the oldest are forgotten.

    enum class Verdict : std::uint8_t { taken, duplicate, refused };

    struct Message {
        Name gateway;
        Lane lane = Lane::bulk;
        std::uint64_t epoch = 0;
        std::uint64_t seq = 0;         // From 1.
        std::uint64_t oldest_seq = 0;  // The oldest that the gateway still holds.
    };

    /// Takes the message in, or says why not. Numbers that the gateway no longer holds are given up
    /// and counted in `missing`.
    [[nodiscard]] Verdict take(const Message& message);

    /// Rows that changed since the last call.
    [[nodiscard]] std::vector<PositionRow> take_changed();
    /// All rows of a gateway, for its watermark message.
    [[nodiscard]] std::vector<PositionRow> of(std::string_view gateway) const;
    void restore(PositionRow row);

    [[nodiscard]] std::uint64_t missing() const { return missing_; }

private:
    struct Key {
        Name gateway;
        Lane lane;
        std::uint64_t epoch;
        auto operator<=>(const Key&) const = default;
    };
    struct Position {
        std::uint64_t seq = 0;
        std::map<std::uint64_t, std::uint64_t> ahead;  // First to last, disjoint, not touching.
        bool changed = false;
    };

    static void join(Position& position, std::uint64_t seq);
    static void absorb(Position& position);
    void forget_old(const Key& key);
    [[nodiscard]] static PositionRow row(const Key& key, const Position& position);

    std::map<Key, Position> positions_;
    std::vector<Key> changed_;
    std::uint64_t missing_ = 0;
};

}  // namespace mercaptan::processor
