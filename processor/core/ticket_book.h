#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/domain/result.h"
#include "processor/core/changes.h"
#include "processor/core/clock_fold.h"
#include "processor/core/dispatch.h"
#include "processor/core/record.h"
#include "processor/core/rulebook.h"
#include "processor/core/timer_queue.h"
#include "processor/core/versions.h"

namespace mercaptan::processor {

/// What makes a ticket necessary, or adds to one that is open.
struct Evidence {
    TicketKind kind = TicketKind::repair;
    std::optional<TicketClass> ticket_class;
    std::string policy;      // Empty: by kind and class.
    std::string hazard_key;  // One open ticket each.
    Name site;
    Name zone;
    Name device;  // Empty for a report by a person.
    Cause cause;
    Instant received_at;  // Clocks count from here, unless it is in the future.
    std::string channel;
    std::string symptom;
    std::string description;
    std::string safety;
    std::string actor;
    std::string source;  // Id of the reading or report.
    bool unregistered = false;
    bool late = false;
};

/// All tickets, their clocks, and who is sent. One engine for every kind; what differs is policy.
///
/// Every change is logged with who, when and why, and named in `Changes`. Part of the Engine, and
/// as pure.
class TicketBook {
public:
    static constexpr std::size_t kSourcesMax = 64;  // Named per ticket; all of them are counted.
    static constexpr std::size_t kDevicesMax =
        256;                                        // Named per ticket; all of them are in the log.
    static constexpr std::size_t kNoticesMax = 32;  // Referred to; more are sent all the same.
    static constexpr Duration kRetryDispatch{60'000};
    static constexpr Duration kForgetAfter{24 * 3'600'000};

    TicketBook(Changes& changes, TimerQueue& timers) : changes_{changes}, timers_{timers} {}

    void use(const Rulebook& rulebook) {
        rulebook_ = &rulebook;
        versions_.use(rulebook);
    }
    /// Before the first `restore`: what tickets may be pinned to beside what is in force.
    void know(const EarlierVersions& earlier) { versions_.add(earlier); }
    /// Open tickets whose policy says so go under its new version, and those whose version is not
    /// to be had under the nearest. After a reload, and once all tickets are restored.
    void follow_changes(Instant now);

    /// Joins the open ticket of the hazard, or opens one.
    struct Outcome {
        std::uint32_t ticket = 0;
        bool opened = false;
    };
    Outcome report(const Evidence& evidence, Instant now);

    /// Applies an operator's event; on failure nothing changed.
    Result<void> apply(std::uint32_t index, const TicketCommand& command, std::string_view actor,
                       Instant now);
    [[nodiscard]] std::vector<TicketEvent> allowed_events(std::uint32_t index) const;
    /// The policy and the calendar that the ticket is pinned to.
    [[nodiscard]] const Policy& policy(std::uint32_t index) const {
        return *entries_[index].policy;
    }
    [[nodiscard]] const Calendar& calendar(std::uint32_t index) const {
        return *entries_[index].calendar;
    }
    /// Open tickets with a deadline in a year that their calendar does not know.
    [[nodiscard]] const std::set<std::uint32_t>& beyond_calendar() const {
        return beyond_calendar_;
    }

    void on_clock_timer(std::uint32_t index, Instant now);
    void on_escalation_timer(std::uint32_t index, Instant now);
    void on_forget_timer(std::uint32_t index, Instant now);

    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view id) const;
    [[nodiscard]] std::optional<std::uint32_t> open_for(const std::string& hazard_key) const;
    [[nodiscard]] const Ticket& at(std::uint32_t index) const { return entries_[index].ticket; }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

    /// After `Changes` was cleared: every ticket may be named again.
    void forget_changes();
    void restore(const Ticket& ticket);
    /// After the last `restore`. Tickets that ended long ago are left alone.
    void arm_all(Instant now);

    /// The next step begins: a ticket's version rises once in each step that changes it.
    void begin_step() { ++step_; }

private:
    struct Entry {
        Ticket ticket;
        // Pinned: neither a reload nor a restart changes them.
        std::shared_ptr<const Policy> policy;
        std::shared_ptr<const Calendar> calendar;
        std::uint64_t bumped_in_step = 0;
        bool named = false;                  // In changes_.tickets.
        std::optional<Instant> retry_at{};   // Waits for a crew to come on duty; next look.
        std::optional<Instant> armed_for{};  // Its one clock timer that counts; others are stale.
    };
    /// A line for the history; what it says beside the event.
    struct Line {
        TicketEvent event = TicketEvent::note;
        Instant at;
        std::string_view actor;
        std::string_view clock{};
        const TicketState* to = nullptr;
        std::optional<Duration> late{};
        std::string_view note{};
        std::vector<Field> fields{};
        // What comes into force by it.
        std::shared_ptr<const Policy> policy{};
        std::shared_ptr<const Calendar> calendar{};
    };

    // ticket_book.cc
    Ticket& change(std::uint32_t index);
    const LogEntry& log(std::uint32_t index, Instant now, Line line);
    std::uint32_t open(const Evidence& evidence, Instant now);
    void join(std::uint32_t index, const Evidence& evidence, Instant now);
    void raise_class(std::uint32_t index, TicketClass to, Instant at, std::string_view actor,
                     Instant now);
    [[nodiscard]] const LifeCycle& life_of(std::uint32_t index) const {
        return *entries_[index].policy->life_cycle;
    }
    void open_follow_ups(Instant now);

    // ticket_versions.cc
    /// The version in force of the ticket's policy; if there is none, of what stands nearest.
    [[nodiscard]] std::shared_ptr<const Policy> in_force(const Ticket& ticket) const;
    [[nodiscard]] bool may_migrate(std::uint32_t index) const;
    [[nodiscard]] Result<void> permit_migration(std::uint32_t index, const TicketCommand& command,
                                                std::string_view actor) const;
    void migrate(std::uint32_t index, std::shared_ptr<const Policy> policy,
                 std::shared_ptr<const Calendar> calendar, std::string_view actor,
                 std::string_view why, Instant now);

    // ticket_permit.cc
    [[nodiscard]] Result<void> permit(std::uint32_t index, const TicketCommand& command,
                                      std::string_view actor, Instant now) const;
    [[nodiscard]] Result<void> permit_actor(const Ticket& ticket, const EventRule& rule,
                                            std::string_view actor) const;
    [[nodiscard]] Result<void> permit_crew(const Ticket& ticket, const EventRule& rule,
                                           const Name& crew) const;
    [[nodiscard]] Result<void> permit_fields(std::uint32_t index, const EventRule& rule,
                                             const TicketCommand& command) const;
    [[nodiscard]] Result<void> permit_hours(const Ticket& ticket, const EventRule& rule) const;
    /// A clock stands still for one of the reasons that its policy lists.
    [[nodiscard]] Result<void> permit_pause(std::uint32_t index, const EventRule& rule,
                                            const TicketCommand& command, Instant now) const;
    [[nodiscard]] Result<void> permit_class(std::uint32_t index, const EventRule& rule,
                                            const TicketCommand& command,
                                            std::string_view actor) const;
    [[nodiscard]] bool may_happen(std::uint32_t index, const EventRule& rule) const;
    /// Another open ticket has taken over its hazard.
    [[nodiscard]] const Ticket* successor(const Ticket& ticket) const;

    // ticket_events.cc
    void perform(std::uint32_t index, const EventRule& rule, const TicketCommand& command,
                 std::string_view actor, Instant at, Instant now);
    void give_back(std::uint32_t index, const EventRule& rule, Line line, Instant now);
    void note_owed(std::uint32_t index, const EventRule& rule);
    /// A life line: it is written, and state, fields and clocks take it.
    void happen(std::uint32_t index, Instant now, Line line);
    void entered(std::uint32_t index, const TicketState& from, Instant at);
    void dispatch(std::uint32_t index, Instant at, std::string_view actor, std::string_view note,
                  Instant now);
    void await_crew(std::uint32_t index, Instant at, std::string_view actor, Instant now);
    /// Nobody has it in hand, and it is for the system to find somebody.
    [[nodiscard]] bool wants_crew(std::uint32_t index) const;
    /// The event that sends a crew, if the ticket takes it now.
    [[nodiscard]] const EventRule* sending(std::uint32_t index) const;
    /// The crew to send, passing over those in `tried`.
    [[nodiscard]] std::optional<Candidate> choose(std::uint32_t index,
                                                  const std::vector<Name>& tried,
                                                  Instant now) const;
    /// Among all crews again when everybody was tried; who may have it then is left in `tried`.
    [[nodiscard]] std::optional<Candidate> choose_anew(std::uint32_t index,
                                                       std::vector<Name>& tried, Instant now) const;
    void dispatch_to(std::uint32_t index, const Name& crew, Instant at, std::string_view actor,
                     std::string_view note, Instant now);
    void send_order(std::uint32_t index, Instant now);
    void assign(Ticket& ticket, const Name& crew, Instant now);
    void hand_over(std::uint32_t index, const TicketCommand& command, Line line, Instant now);
    void announce(std::uint32_t index, const EventRule& rule, std::string_view note, Instant now);
    void on_shift_end(std::uint32_t index, Instant now);
    void end(std::uint32_t index, Instant at);

    // ticket_clocks.cc
    [[nodiscard]] ClockContext context(std::uint32_t index) const {
        return {*entries_[index].calendar, rulebook_->time_zone};
    }
    void tell(std::uint32_t index, const std::vector<ClockNews>& news, std::string_view actor,
              Instant now);
    /// Notes it, if a deadline falls into a year that the calendar does not know.
    void doubt_calendar(std::uint32_t index, const ClockNews& news, Instant now);
    /// The year that the ticket's calendar lacks for this deadline.
    [[nodiscard]] std::optional<int> missing_year(std::uint32_t index, std::string_view clock,
                                                  Instant due_at) const;
    /// Thresholds and deadlines up to now, with what they ask for.
    void settle(std::uint32_t index, Instant now);
    void act(std::uint32_t index, const ClockNews& news, Instant now);
    void escalate(std::uint32_t index, std::string_view reason, Instant now);
    void page(const Ticket& ticket, std::string_view reason, Instant now);
    void arm(std::uint32_t index);
    void arm_clocks(std::uint32_t index);

    Changes& changes_;
    TimerQueue& timers_;
    const Rulebook* rulebook_ = nullptr;
    Versions versions_;
    std::deque<Entry> entries_;
    std::unordered_map<std::string_view, std::uint32_t> by_id_;  // Views into entries_.
    std::unordered_map<std::string, std::uint32_t> open_by_hazard_;
    CrewLoads loads_;
    struct DueFollowUp {
        std::uint32_t ticket = 0;
        FollowUp rule;
    };
    std::vector<DueFollowUp> follow_ups_;  // Of this step, not yet opened.
    std::set<std::uint32_t> beyond_calendar_;
    std::uint64_t step_ = 0;
};

}  // namespace mercaptan::processor
