"""Who works on a project, and at which tier."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from livener.store.models import Membership, Role, Tier, User

_RANK = {role: rank for rank, role in enumerate(Role)}
_TIER = {Role.ANNOTATOR: Tier.ANNOTATOR, Role.REVIEWER: Tier.REVIEWER}


@dataclass(frozen=True, slots=True)
class Person:
    """A member of a project. A role may do all that the ones before it may.

    >>> Person(1, Role.REVIEWER).may(Role.ANNOTATOR), Person(1, Role.LEAD).tier
    (True, <Tier.EXPERT: 'expert'>)
    """

    id: int
    role: Role
    skills: tuple[str, ...] = ()

    def may(self, role: Role) -> bool:
        """Whether the person's role includes ``role``."""
        return _RANK[self.role] >= _RANK[role]

    @property
    def tier(self) -> Tier:
        """The tier whose tasks they get."""
        return _TIER.get(self.role, Tier.EXPERT)

    def works_at(self, tier: Tier) -> bool:
        """Whether they may take tasks of the tier."""
        return self.may(Role(tier.value))


def person(session: Session, project_id: int, user_id: int) -> Person | None:
    """The member of the project, or None: no member, or disabled."""
    found = session.execute(
        select(Membership.role, Membership.skills)
        .join(User, User.id == Membership.user_id)
        .where(Membership.project_id == project_id, Membership.user_id == user_id, User.disabled_at.is_(None))
    ).one_or_none()
    return Person(user_id, found.role, tuple(found.skills)) if found else None
