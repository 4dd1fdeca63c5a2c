#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "common/domain/instant.h"
#include "common/domain/text.h"
#include "gateway/core/item.h"

namespace mercaptan::gateway {

/// What became of a command to close a valve, or of an order that another command answered. Stored,
/// so that a restart still knows it.
struct EndedCommand {
    std::string id;
    Name site;
    Name valve;
    ValveOutcome outcome = ValveOutcome::done;
    std::string detail;
    Instant ended_at;
    bool shut = false;  // It shut the valve, and nothing since then speaks against that.
};

/// The newest ended commands: an order that comes again, or for a valve that is shut already, is
/// answered from here.
class EndedCommands {
public:
    /// A few megabytes, and days of what a gateway does; an order that was forgotten is carried out
    /// again, and to close a valve twice does no harm.
    static constexpr std::size_t kMax = 16'384;

    /// Replaces the one of the same id. Returns the id of the oldest one if there is no more room
    /// for it, else nothing.
    std::string add(EndedCommand command);

    /// Null if the id is not known. The pointer is good until the next call of `add`.
    [[nodiscard]] const EndedCommand* find(std::string_view id) const;

    /// The newest command that shut the valve and ended from `from` to `to`, both included; null if
    /// there is none. The pointer is good until the next call of `add`.
    [[nodiscard]] const EndedCommand* last_shut(const Name& site, const Name& valve, Instant from,
                                                Instant to) const;

    /// The valve may be open again. Returns the command as it is then; `id` must be known.
    const EndedCommand& doubt(std::string_view id);

private:
    /// Site, valve, ended_at and id.
    using ShutKey = std::tuple<Name, Name, Instant, std::string>;
    static ShutKey shut_key(const EndedCommand& command);
    void remove(std::string_view id);

    std::map<std::string, EndedCommand, std::less<>> by_id_;
    std::set<std::pair<Instant, std::string>> by_time_;  // ended_at and id of each.
    std::set<ShutKey> shut_;                             // Of each that shut its valve.
};

}  // namespace mercaptan::gateway
