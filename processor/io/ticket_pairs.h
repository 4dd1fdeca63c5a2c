#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "processor/io/what_if.h"

namespace mercaptan::processor {

/// Which ticket of one history is which of the other. Of one hazard, one waits for its counterpart
/// as long as it is open; one that has no hazard of its own has its counterpart in the same commit.
class TicketPairs {
public:
    enum class Side : std::uint8_t { recorded, other };
    using StillOpen = std::function<bool(Side side, const std::string& ticket)>;

    explicit TicketPairs(StillOpen still_open) : still_open_{std::move(still_open)} {}

    void add(Side side, std::uint64_t commit, OpenedTicket ticket);
    /// The counterpart of a recorded one; empty if there is none (yet).
    [[nodiscard]] std::string other_of(const std::string& recorded) const;
    /// Into `more`, `fewer` and `changed`, in the order of opening.
    void report(WhatIf& into) const;

private:
    struct Entry {
        std::uint64_t commit = 0;
        OpenedTicket ticket;
        std::optional<std::size_t> partner{};
    };
    [[nodiscard]] std::vector<Entry>& entries(Side side) { return entries_[side == Side::other]; }

    StillOpen still_open_;
    std::array<std::vector<Entry>, 2> entries_;
    std::array<std::map<std::string, std::vector<std::size_t>>, 2> waiting_;  // By hazard.
    std::unordered_map<std::string, std::size_t> recorded_by_id_;
};

}  // namespace mercaptan::processor
