#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/text.h"
#include "processor/core/rulebook.h"

namespace mercaptan::processor {

/// Which sites of each zone have lately had an emergency, and whose pages are put together. By
/// record time. A zone is the number of its name, a ticket its index.
class AreaTable {
public:
    struct Address {
        Name site;  // Empty: nobody knows, and it counts for itself.
        std::uint32_t ticket = 0;
    };
    /// A site's emergency ticket was opened. True if this makes the zone's sites enough for an
    /// incident.
    bool add(std::uint32_t zone, const Address& address, Instant now, const AreaRule& rule);
    /// Those of the window, each site once.
    [[nodiscard]] std::vector<Address> addresses(std::uint32_t zone) const;

    /// What a page asks for: the highest level, and whose that is.
    struct Call {
        std::uint32_t level = 0;
        Name role{};
    };
    /// A page of the zone's incident is wanted. True: now; else it waits for the next one, which
    /// `due` names if no other waited for it.
    struct Turn {
        bool now = false;
        std::optional<Instant> due{};
    };
    Turn page(std::uint32_t zone, const Call& call, Instant now, const AreaRule& rule);
    /// What the page that is due now asks for, if any waits for it; none does from now on.
    std::optional<Call> take_waiting(std::uint32_t zone, Instant now);
    /// After a restart: some may be waiting. When the page is due.
    Instant wait(std::uint32_t zone, Instant now, const AreaRule& rule);

private:
    struct Zone {
        std::deque<std::pair<Instant, Address>> lately;  // Oldest first.
        std::optional<Instant> paged_at;
        std::optional<Call> waiting;
    };
    std::unordered_map<std::uint32_t, Zone> zones_;
};

}  // namespace mercaptan::processor
