#include "processor/io/ticket_pairs.h"

#include <algorithm>

namespace mercaptan::processor {
namespace {

/// A ticket that shares its hazard with no other names itself as its hazard.
bool has_own_hazard(const OpenedTicket& ticket) {
    return ticket.hazard_key == "ticket/" + ticket.id;
}

std::string key_of(const OpenedTicket& ticket) {
    if (!has_own_hazard(ticket)) return ticket.hazard_key;
    return "ticket/" + std::string{to_string(ticket.kind)} + "/" + ticket.site.str() + "/" +
           ticket.condition;
}

}  // namespace

void TicketPairs::add(Side side, std::uint64_t commit, OpenedTicket ticket) {
    const Side across = side == Side::recorded ? Side::other : Side::recorded;
    const std::string key = key_of(ticket);
    const bool own = has_own_hazard(ticket);
    const std::size_t index = entries(side).size();
    if (side == Side::recorded) recorded_by_id_.emplace(ticket.id, index);
    entries(side).push_back({.commit = commit, .ticket = std::move(ticket)});
    auto& candidates = waiting_[across == Side::other][key];
    const auto found = std::find_if(candidates.begin(), candidates.end(), [&](std::size_t i) {
        const Entry& entry = entries(across)[i];
        return entry.commit == commit || (!own && still_open_(across, entry.ticket.id));
    });
    if (found == candidates.end()) {
        waiting_[side == Side::other][key].push_back(index);
        return;
    }
    entries(side)[index].partner = *found;
    entries(across)[*found].partner = index;
    candidates.erase(found);
}

std::string TicketPairs::other_of(const std::string& recorded) const {
    const auto found = recorded_by_id_.find(recorded);
    if (found == recorded_by_id_.end()) return {};
    const auto partner = entries_[0][found->second].partner;
    return partner ? entries_[1][*partner].ticket.id : std::string{};
}

void TicketPairs::report(WhatIf& into) const {
    for (const Entry& entry : entries_[0]) {
        if (!entry.partner) {
            into.fewer.push_back(entry.ticket);
            continue;
        }
        const OpenedTicket& other = entries_[1][*entry.partner].ticket;
        if (other.at != entry.ticket.at || other.ticket_class != entry.ticket.ticket_class)
            into.changed.emplace_back(entry.ticket, other);
    }
    for (const Entry& entry : entries_[1]) {
        if (!entry.partner) into.more.push_back(entry.ticket);
    }
}

}  // namespace mercaptan::processor
