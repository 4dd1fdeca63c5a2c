#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/domain/instant.h"

namespace mercaptan::simulation {

/// What was really sent, and by whom it was taken: the independent account that the product's
/// results are compared with. Written by the drivers, read by the checkers.
struct Message {
    enum class Kind : std::uint8_t { reading, unreadable, other };

    std::uint64_t id = 0;  // In the reading, as its volume_m3.
    Kind kind = Kind::other;
    std::string site;
    std::string device;
    std::optional<std::uint64_t> seq;
    bool identified = false;  // By number and time: what two gateways heard is one message.
    bool emergency_topic = false;
    std::vector<std::string> conditions;  // Class 1 conditions that it must raise.

    struct Copy {
        bool excused = false;   // A power cut took it, as it may.
        bool answered = false;  // The device was told that it is safe.
    };
    std::map<std::size_t, Copy> taken;  // By gateway: the callback has returned OK.

    /// Somebody has it who must not lose it.
    [[nodiscard]] bool must_arrive() const {
        for (const auto& [gateway, copy] : taken) {
            if (!copy.excused) return true;
        }
        return false;
    }
};

/// A call to the hotline, repeated under one key until it is answered.
struct Call {
    std::string key;
    std::string actor;  // Of this call only.
    std::string site;
    std::optional<std::string> ticket_id;  // As answered.
};

struct Truth {
    std::vector<Message> messages;  // By id.
    std::vector<Call> calls;
    std::map<std::string, std::uint64_t> valve_commands;  // Published, by site.

    Message& add() {
        messages.emplace_back();
        messages.back().id = messages.size() - 1;
        return messages.back();
    }
};

}  // namespace mercaptan::simulation
