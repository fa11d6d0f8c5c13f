"""A tenant's own set-up: its data, branches, mailboxes at GİB, written authorisations, seal modes, designs, settings.

Whole tenants are opened by `ebelge.onboarding`, activated by `ebelge.onboarding.activation`; series are
`ebelge.documents.numbers.series`. Nothing here sends anything: what GİB has to be told is a state.
"""
