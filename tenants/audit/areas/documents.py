"""Decisions about documents and their numbers; a document's own steps stand in its timeline."""

from typing import Final

from tenants.audit.areas.action import Action, Actions

ACTIONS: Final[Actions] = {
    "document.withdrawn": Action("Belgeyi geri çekti", "Withdrew a document", ("number", "state", "reason")),
    "document.corrected": Action(
        "Belgeyi düzeltip gönderdi", "Corrected a document", ("number", "replaced_by", "state")
    ),
    "document.retried": Action("Belgeyi yeniden gönderdi", "Sent a document again", ("number", "state")),
    "document.given_up": Action("Belgeden vazgeçti", "Gave a document up", ("number", "state", "reason")),
    "document.mailed_again": Action("Belgeyi yeniden e-postayla gönderdi", "Mailed a document again", ("number", "to")),
    "document.taken_over": Action(
        "Gelen belgeyi devralındı saydı", "Marked an incoming document as taken over", ("taken",)
    ),
    "document.untaken": Action("Devralındı işaretini kaldırdı", "Took back the mark of taking over", ("taken",)),
    "bulk.started": Action(
        "Toplu gönderimi başlattı", "Started a bulk upload", ("file", "documents", "kontor", "whole")
    ),
    "bulk.dropped": Action("Toplu gönderimden vazgeçti", "Dropped a bulk upload", ("file", "sent", "not_sent")),
    "incoming.answered": Action("Gelen belgeyi yanıtladı", "Answered an incoming document", ("number", "answer")),
    "mistake.recorded": Action(
        "Yanlış belge için yapılan işlemi kaydetti",
        "Recorded a step about a wrong document",
        ("number", "way", "channel", "on", "paper"),
    ),
    "month.exported": Action("Ayı dışa aktardı", "Exported a month", ("month", "form", "documents", "sha256")),
    "document.cancelled": Action("Belgeyi iptal etti", "Cancelled a document", ("number", "state")),
    "document.objected": Action("Belgeye itirazı bildirdi", "Entered an objection", ("number", "way", "paper")),
    "report.built": Action("e-Arşiv raporunu başlattı", "Started an e-Arşiv report", ("day", "part")),
    "series.added": Action(
        "Seri ekledi", "Added a series", ("prefix", "kind", "owner", "branch", "is_default", "internet")
    ),
    "series.changed": Action("Seriyi değiştirdi", "Changed a series", ("prefix", "branch", "is_default", "active")),
    "series.counted_on": Action("Seri sayacını ilerletti", "Moved a series on", ("prefix", "year", "last_serial")),
    "seal.added": Action(
        "Mühür ekledi", "Added a seal", ("storage", "mode", "valid_until", "certificate", "hsm", "signs_from")
    ),
    "seal.pin_entered": Action("HSM PIN'ini onayladı", "Confirmed an HSM's PIN"),
    "seal.retired": Action("Mührü kapattı", "Retired a seal", ("certificate",)),
    "job.retried": Action("Bekleyen işi yeniden başlattı", "Tried a message again", ("topic", "about", "attempts")),
}
