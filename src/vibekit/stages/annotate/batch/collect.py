"""From jobs that have ended to lines of the run; what still lacks an answer is left to whoever asks again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.annotators.base import Reply
from vibekit.core.batch import BatchState
from vibekit.errors import ItemError
from vibekit.formats.batch_events import Collected
from vibekit.formats.run import now
from vibekit.stages.annotate.batch.answers import attributes_of, read_job_answers, video_of
from vibekit.stages.annotate.batch.carried import Carried, id_of
from vibekit.stages.annotate.batch.send import age_s
from vibekit.stages.annotate.plan import Call

if TYPE_CHECKING:
    from vibekit.core.batch import BatchJob
    from vibekit.formats.batch_events import AskedCall, Intent
    from vibekit.stages.annotate.batch.answers import JobAnswers
    from vibekit.stages.annotate.batch.carried import CallId
    from vibekit.stages.annotate.batch.desk import Desk
    from vibekit.stages.annotate.batch.ledger import Job


class Collector:
    """Takes answers up.

    Args:
        desk: What to work with.

    Attributes:
        carried: Calls whose jobs have all ended, and that still lack an answer.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.carried: dict[CallId, Carried] = {}

    def reread(self) -> None:
        """Take up the answers that an earlier command has fetched, and not come to the end with."""
        for job in self._desk.ledger.unsettled():
            assert job.collected is not None
            intent = self._desk.ledger.intent(job)
            self._take_up(job, intent, self._answers(job, intent, error=job.collected.error))

    async def collect(self, job: Job, seen: BatchJob) -> None:
        """Fetch the answers of a job that has ended, and take them up.

        Raises:
            OSError: They cannot be written.
            ServiceError: They cannot be fetched now.
        """
        desk, error = self._desk, seen.error
        target = desk.ledger.results_path(job.name)
        if seen.results and not target.exists():
            try:
                await desk.sender.trying(lambda: desk.service.download(seen, target))
            except ItemError as refusal:
                error = f"its answers are gone: {refusal.message}"
        intent = desk.ledger.intent(job)
        found = self._answers(job, intent, error=error or _ended(seen))
        desk.ledger.append(
            Collected(
                job=job.name,
                at=now(),
                state=seen.state,
                error=error,
                results=str(target.relative_to(desk.ledger.folder)) if target.exists() else "",
                offset=desk.ledger.answers_end(),
                answered=found.answered,
                failed=found.failed,
                missing=found.missing,
                cost_usd=round(found.cost_usd, 9),
            )
        )
        self._pay(job, intent, found)
        self._take_up(job, intent, found)
        await desk.service.delete([name for name in (job.created.file if job.created else "", *intent.uploads) if name])

    def write(self, carried: Carried) -> None:
        """Write the lines of a call; one that has a line from after its answers came gets no second."""
        del self.carried[id_of(carried.call)]
        job = self._desk.ledger.jobs[carried.intent.job]
        for line in carried.lines(self._desk.definitions):
            if not self._desk.ledger.settled(job, [line.key]):
                self._desk.work.put(line)

    def _answers(self, job: Job, intent: Intent, *, error: str) -> JobAnswers:
        path = self._desk.ledger.results_path(job.name)
        missing = f"the batch job gave no answer ({error})" if error else "the batch job gave no answer"
        return read_job_answers(
            path if path.exists() else None,
            intent,
            service=self._desk.service,
            definitions=self._desk.definitions,
            missing=missing,
        )

    def _pay(self, job: Job, intent: Intent, found: JobAnswers) -> None:
        spend = self._desk.work.spend
        promised = self._desk.promised.pop(job.name, 0.0)
        spend.settle(promised, estimate_usd=intent.estimate_usd, actual_usd=found.cost_usd)
        spend.usage += found.usage
        lost = ", ".join(f"{n} {what}" for n, what in ((found.failed, "failed"), (found.missing, "missing")) if n)
        strange = f"{found.strange} lines that nobody asked for" if found.strange else ""
        if lost or strange:
            what = "; ".join(said for said in (lost, strange) if said)
            self._desk.work.progress.note(f"job {job.name}: {found.answered} of {intent.requests} answered, {what}")

    def _take_up(self, job: Job, intent: Intent, found: JobAnswers) -> None:
        waited = age_s(intent.at) if job.collected is None else age_s(intent.at) - age_s(job.collected.at)
        for call in intent.calls:
            if self._desk.ledger.settled(job, call.keys.values()):
                continue
            carried = self.carried.get(id_of(call)) or Carried.begin(call, intent)
            carried.call, carried.intent, carried.latency_s = call, intent, waited
            for line in call.asked:
                carried.take(line, found.results[line.line])
            self._keep(call, found)
            self.carried[id_of(call)] = carried
            if carried.whole:
                self.write(carried)

    def _keep(self, call: AskedCall, found: JobAnswers) -> None:
        """Keep whole replies for other runs."""
        asked = Call(
            video=video_of(call),
            attributes=attributes_of(call, self._desk.definitions),
            keys=call.keys,
            plan=None,
            shown=call.shown,
        )
        for line in call.asked:
            result = found.results[line.line]
            if not result.open:
                reply = Reply(answers=result.answers, usage=result.usage, cost_usd=result.cost_usd)
                question = asked.question(frozenset(line.names), sample=line.sample)
                self._desk.work.known.keep(asked, question, result.answers, reply)


def _ended(seen: BatchJob) -> str:
    return "" if seen.state is BatchState.SUCCEEDED else f"it ended as {seen.state}"
