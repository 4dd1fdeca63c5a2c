#include "processor/io/dry_run.h"

#include <algorithm>
#include <utility>

#include "processor/io/calendar_file.h"
#include "processor/io/policy_file.h"
#include "processor/io/rows.h"
#include "processor/io/tables.h"
#include "processor/io/version_rows.h"

namespace mercaptan::processor {
namespace {

constexpr std::string_view kLifeCycles = "life_cycles/";

/// What would be in force.
struct Proposal {
    std::vector<std::shared_ptr<const Policy>> policies;
    Calendar calendar;

    [[nodiscard]] const Policy* policy(std::string_view name) const {
        const auto found = std::find_if(policies.begin(), policies.end(),
                                        [name](const auto& one) { return one->name == name; });
        return found == policies.end() ? nullptr : found->get();
    }
};

Result<void> propose_policies(const ProposedFiles& files, const Rulebook& in_force,
                              Proposal& proposal) {
    PolicyTexts texts;
    for (const auto& [name, text] : files.policies)
        (name.starts_with(kLifeCycles) ? texts.life_cycles : texts.policies)
            .push_back({name, text});
    std::vector<std::string> warnings;
    auto folder = compile_policies(texts, warnings);
    if (!folder) return Failure{folder.error()};
    if (auto errors = check_against(*folder, in_force.roster, proposal.calendar); !errors.empty()) {
        errors.pop_back();
        return fail(ErrorCode::invalid_input, std::move(errors), "policies");
    }
    proposal.policies = std::move(folder->policies);
    return {};
}

Result<Proposal> propose(const ProposedFiles& files, const Rulebook& in_force) {
    Proposal proposal{.policies = in_force.policies, .calendar = in_force.calendar};
    if (files.calendar) {
        auto calendar = parse_calendar(*files.calendar, "calendar");
        if (!calendar) return Failure{calendar.error()};
        proposal.calendar = *std::move(calendar);
    }
    if (files.policies.empty()) return proposal;
    return propose_policies(files, in_force, proposal).map([&] { return std::move(proposal); });
}

class Run {
public:
    Run(const Rulebook& in_force, const Proposal& proposal, const EarlierVersions& earlier,
        Instant now)
        : in_force_{in_force}, proposal_{proposal}, now_{now} {
        versions_.use(in_force);
        versions_.add(earlier);
    }

    void add(const Ticket& ticket) {
        if (!is_open(ticket.state)) return;
        ++result_.open_tickets;
        const Policy* to = proposal_.policy(ticket.policy);
        const bool same = to != nullptr && to->version == ticket.policy_version &&
                          proposal_.calendar.version == ticket.calendar_version;
        if (same) return;
        if (result_.tickets.size() >= kDryRunTicketsMax) {
            ++result_.left_off;
            return;
        }
        result_.tickets.push_back(moved(ticket, to));
    }
    [[nodiscard]] DryRun result() && { return std::move(result_); }

private:
    [[nodiscard]] DryRunTicket moved(const Ticket& ticket, const Policy* to) const {
        DryRunTicket row;
        row.id = ticket.id;
        row.policy = ticket.policy;
        row.state = ticket.state.name.str();
        row.from_version = ticket.policy_version;
        row.from_calendar = ticket.calendar_version;
        row.to_calendar = proposal_.calendar.version;
        if (to == nullptr) {
            row.obstacle = "there is no such policy any more";
            return row;
        }
        row.to_version = to->version;
        if (!knows_open_state(*to, ticket.state)) {
            row.obstacle = "it knows no open state " + row.state;
            return row;
        }
        const auto held = versions_.policy(ticket.policy, ticket.policy_version);
        row.clocks = moves_of(ticket, held == nullptr ? *to : *held, *to,
                              {proposal_.calendar, in_force_.time_zone}, now_);
        return row;
    }

    const Rulebook& in_force_;
    const Proposal& proposal_;
    Instant now_;
    Versions versions_;
    DryRun result_;
};

}  // namespace

Result<DryRun> dry_run(const store::Store& store, const Rulebook& in_force,
                       const ProposedFiles& files, Instant now) {
    const auto proposal = propose(files, in_force);
    if (!proposal) return Failure{proposal.error()};
    const auto earlier = load_versions(store);
    if (!earlier) return Failure{earlier.error()};
    Run run{in_force, *proposal, *earlier, now};
    Result<void> outcome;
    const auto scanned = store.scan(table(StoreTable::tickets), {}, {},
                                    [&](std::string_view, std::string_view value) {
                                        const auto ticket = decode_ticket(value);
                                        if (ticket) run.add(*ticket);
                                        if (!ticket) outcome = Failure{ticket.error()};
                                        return ticket.has_value();
                                    });
    if (!scanned) return Failure{scanned.error()};
    if (!outcome) return Failure{outcome.error()};
    return std::move(run).result();
}

}  // namespace mercaptan::processor
