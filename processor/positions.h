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
///
/// An epoch is one life of a gateway. It is forgotten only by the gateway's own word: when the
/// gateway holds nothing of it, nor of kEpochsKept later ones.
class Positions {
public:
    static constexpr std::size_t kAheadMax =
        4096;  // Islands; beyond, a message must be sent again.
    /// Epochs older than all that a gateway holds, by lane. The broker may bring a copy late, and a
    /// gateway that lost its last marks in a power cut sends again what it had let go.
    static constexpr std::size_t kEpochsKept = 64;
    /// Per gateway and lane; beyond, messages of a new epoch must be sent again.
    static constexpr std::size_t kEpochsMax = 4096;

    enum class Verdict : std::uint8_t { taken, duplicate, refused };

    struct Message {
        Name gateway;
        Lane lane = Lane::bulk;
        std::uint64_t epoch = 0;
        std::uint64_t seq = 0;           // From 1.
        std::uint64_t oldest_seq = 0;    // The oldest of the epoch that the gateway still holds.
        std::uint64_t oldest_epoch = 0;  // It holds nothing older of the lane. 0: it doesn't say.
    };

    /// Takes the message in, or says why not. Numbers that the gateway no longer holds are given up
    /// and counted in `missing`.
    [[nodiscard]] Verdict take(const Message& message);

    /// Rows that changed since the last call.
    [[nodiscard]] std::vector<PositionRow> take_changed();
    /// Rows, by their names alone, that were forgotten since the last call. One that came back
    /// since is among the changed ones too.
    [[nodiscard]] std::vector<PositionRow> take_forgotten();
    /// The rows of what a gateway may still hold, for its watermark message.
    [[nodiscard]] std::vector<PositionRow> of(std::string_view gateway) const;
    void restore(PositionRow row);

    [[nodiscard]] std::uint64_t missing() const { return missing_; }
    /// Messages refused because their lane has kEpochsMax epochs.
    [[nodiscard]] std::uint64_t epochs_refused() const { return epochs_refused_; }

private:
    struct LaneKey {
        Name gateway;
        Lane lane;
        auto operator<=>(const LaneKey&) const = default;
    };
    struct Position {
        std::uint64_t seq = 0;
        std::map<std::uint64_t, std::uint64_t> ahead;  // First to last, disjoint, not touching.
        bool changed = false;
    };
    struct LaneState {
        std::map<std::uint64_t, Position> epochs;
        std::uint64_t held_from = 0;  // The oldest epoch that the gateway holds, by its last word.
    };
    struct Key {
        LaneKey lane;
        std::uint64_t epoch;
        bool operator==(const Key&) const = default;
    };

    static void join(Position& position, std::uint64_t seq);
    static void absorb(Position& position);
    void forget_old(const LaneKey& key, LaneState& lane);
    [[nodiscard]] static PositionRow row(const LaneKey& key, std::uint64_t epoch,
                                         const Position& position);

    std::map<LaneKey, LaneState> lanes_;
    std::vector<Key> changed_;
    std::vector<PositionRow> forgotten_;
    std::uint64_t missing_ = 0;
    std::uint64_t epochs_refused_ = 0;
};

}  // namespace mercaptan::processor
