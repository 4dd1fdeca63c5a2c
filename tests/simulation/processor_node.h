#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "processor/io/effect_sender.h"
#include "processor/processor.h"
#include "tests/simulation/central_broker.h"
#include "tests/simulation/findings.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/random.h"
#include "tests/simulation/sim_store.h"
#include "tests/simulation/timeline.h"

namespace mercaptan::simulation {

/// The processor process: the production Processor and EffectSender, its disk, its two threads as
/// events in the order that Runtime gives them, and a supervisor that starts it again.
class ProcessorNode {
public:
    using Answered = std::function<void(const processor::CommandOutcome&)>;

    struct Parts {
        const Plan& plan;
        Timeline& timeline;
        Random& random;
        Findings& findings;
        CentralBroker& central;
    };
    explicit ProcessorNode(Parts parts);
    ProcessorNode(const ProcessorNode&) = delete;
    ProcessorNode& operator=(const ProcessorNode&) = delete;

    void start();
    void doom();
    void reload();
    void heal() { healed_ = true; }
    /// A person's request; whoever asks hears nothing if the process dies before the answer.
    void submit(processor::OperatorCommand command, Answered answered);

    [[nodiscard]] bool alive() const { return processor_ != nullptr; }
    [[nodiscard]] const processor::Processor& processor() const { return *processor_; }
    [[nodiscard]] SimStore& store() { return store_; }
    [[nodiscard]] std::size_t unsent() const { return sender_->pending(); }
    /// Everything that was taken in is committed.
    [[nodiscard]] bool at_rest() const;
    [[nodiscard]] const std::shared_ptr<const processor::Rulebook>& rulebook() const {
        return rulebook_;
    }

private:
    struct Uplink {
        std::string topic;
        std::string payload;
    };
    template <class Step>
    bool live(Step&& step);
    void die();
    void open();
    void wake(Instant when);
    void turn();
    void take_inbox();
    void take_uplink(const Uplink& uplink);
    void hand_over();
    void commit();
    void carry_out(processor::Commit& commit);
    void send_watermarks(const processor::Commit& commit);
    Result<void> publish(const processor::EffectRow& message, std::uint64_t token);

    const Plan& plan_;
    Timeline& timeline_;
    Random& random_;
    Findings& findings_;
    CentralBroker& central_;

    Fuse fuse_;
    SimStore store_{fuse_};
    std::shared_ptr<const processor::Rulebook> rulebook_;
    unsigned edition_ = 0;
    std::unique_ptr<processor::Processor> processor_;
    std::unique_ptr<processor::EffectSender> sender_;
    std::uint64_t life_ = 0;
    std::optional<Instant> turn_at_;
    bool healed_ = false;

    std::deque<Uplink> emergency_;
    std::deque<Uplink> bulk_;
    std::deque<processor::OperatorCommand> commands_;
    std::vector<std::pair<std::string, std::uint64_t>> sent_;
    bool reload_wanted_ = false;
    std::unordered_map<std::uint64_t, Answered> waiting_;
    std::uint64_t next_command_ = 1;
    std::unique_ptr<processor::Commit> committing_;
    Instant last_commit_at_{};
    std::unordered_map<std::string, processor::EffectRow> older_;  // For Plant::sink_sees_older.
};

}  // namespace mercaptan::simulation
