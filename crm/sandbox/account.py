"""What an administrator sets up: pipelines, statuses, fields, users. The defaults are the customer's account."""

from __future__ import annotations

from dataclasses import dataclass, field

UNSORTED = 1  # type of the stage that holds what nobody has accepted yet
WON = 142
LOST = 143


@dataclass(frozen=True, slots=True)
class Status:
    """A stage of a pipeline; `type` 1 is the Unsorted stage, 0 any other."""

    id: int
    name: str
    sort: int
    color: str = "#99ccff"
    type: int = 0
    is_editable: bool = True


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A ladder of stages; the two closed ones have the same ids in every pipeline."""

    id: int
    name: str
    statuses: tuple[Status, ...]
    sort: int = 1
    is_main: bool = False
    is_unsorted_on: bool = True
    is_archive: bool = False

    @property
    def first_open(self) -> Status:
        """Where a lead lands that names no stage."""
        return next(status for status in self.statuses if status.type != UNSORTED)

    @property
    def unsorted(self) -> Status | None:
        """The stage of leads that nobody has accepted yet."""
        return next((status for status in self.statuses if status.type == UNSORTED), None)

    def status(self, status_id: int) -> Status | None:
        """The stage with this id, if it is one of this pipeline."""
        return next((status for status in self.statuses if status.id == status_id), None)


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of an enumerated field."""

    id: int
    value: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A custom field of one entity kind; `type` is AmoCRM's name of it (fact sheet, 4.7)."""

    id: int
    name: str
    type: str = "text"
    code: str | None = None
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """A person of the account; one who is gone or switched off can no longer be responsible for anything."""

    id: int
    name: str
    email: str
    is_admin: bool = False
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class LossReason:
    """Why a lead was lost; settable with status 143 only."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class TaskType:
    """Follow up, meeting, or one of the account's own."""

    id: int
    name: str


@dataclass(slots=True)
class Account:
    """The set-up as it is now: mutable, for administrators change it under the feet of running clients."""

    id: int
    name: str
    subdomain: str
    time_zone: str
    current_user_id: int
    pipelines: dict[int, Pipeline]
    users: dict[int, User]
    fields: dict[str, dict[int, FieldDefinition]]
    loss_reasons: dict[int, LossReason] = field(default_factory=dict)
    task_types: dict[int, TaskType] = field(default_factory=dict)

    @property
    def active_users(self) -> frozenset[int]:
        """Ids of those who may be responsible for something."""
        return frozenset(user.id for user in self.users.values() if user.is_active)

    @property
    def main_pipeline(self) -> Pipeline:
        """Where a lead lands that names no pipeline."""
        return next((one for one in self.pipelines.values() if one.is_main), next(iter(self.pipelines.values())))


def _ladder(unsorted_id: int, steps: tuple[tuple[int, str, str], ...]) -> tuple[Status, ...]:
    return (
        Status(unsorted_id, "Неразобранное", 10, "#c1c1c1", type=UNSORTED, is_editable=False),
        *(Status(id_, name, 20 + 10 * n, color) for n, (id_, name, color) in enumerate(steps)),
        Status(WON, "Успешно реализовано", 10_000, "#CCFF66", is_editable=False),
        Status(LOST, "Закрыто и не реализовано", 11_000, "#D5D8DB", is_editable=False),
    )


CUSTOMER_PIPELINES = (
    Pipeline(
        10_226_282,
        "Клиенты",
        _ladder(
            80_953_550,
            (
                (80_953_554, "Заявка", "#99ccff"),
                (80_953_558, "Принята", "#ffff99"),
                (80_953_562, "Счёт выставлен", "#ffcc66"),
                (80_953_566, "Отгружено", "#ffcccc"),
                (80_953_570, "Готово к выдаче", "#deff81"),
            ),
        ),
        is_main=True,
    ),
    Pipeline(
        10_226_290,
        "Сервис",
        _ladder(80_953_600, ((80_953_604, "Новое обращение", "#99ccff"), (80_953_608, "Выезд назначен", "#ffcc66"))),
        sort=2,
    ),
)

CUSTOMER_USERS = (
    User(12_380_450, "Анна Смирнова", "manager@tdrusstankosbyt.ru", is_admin=True),
    User(12_380_454, "Павел Орлов", "service@tdrusstankosbyt.ru"),
)

LEAD_FIELDS = (
    FieldDefinition(712_629, "Серийный номер"),
    FieldDefinition(712_631, "Модель оборудования"),
    FieldDefinition(712_633, "Telegram ID"),
    FieldDefinition(712_635, "Номер заявки"),
    FieldDefinition(
        712_637,
        "Статус сервиса",
        "select",
        options=(
            Option(901_201, "Новое"),
            Option(901_203, "Диагностика"),
            Option(901_205, "В работе"),
            Option(901_207, "Ожидание запчастей"),
            Option(901_209, "Завершено"),
        ),
    ),
    FieldDefinition(712_639, "Дата ТО", "date"),
)

_PHONE_OPTIONS = tuple(
    Option(901_101 + 2 * n, code, code) for n, code in enumerate(("WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER"))
)
_EMAIL_OPTIONS = tuple(Option(901_121 + 2 * n, code, code) for n, code in enumerate(("WORK", "PRIV", "OTHER")))

CONTACT_FIELDS = (
    FieldDefinition(712_601, "Должность", "text", "POSITION"),
    FieldDefinition(712_603, "Телефон", "multitext", "PHONE", _PHONE_OPTIONS),
    FieldDefinition(712_605, "Email", "multitext", "EMAIL", _EMAIL_OPTIONS),
)

COMPANY_FIELDS = (
    FieldDefinition(712_613, "Телефон", "multitext", "PHONE", _PHONE_OPTIONS),
    FieldDefinition(712_615, "Email", "multitext", "EMAIL", _EMAIL_OPTIONS),
    FieldDefinition(712_617, "Web", "url", "WEB"),
    FieldDefinition(712_619, "Адрес", "textarea", "ADDRESS"),
    FieldDefinition(712_621, "ИНН"),
)

LOSS_REASONS = (LossReason(1_401, "Дорого"), LossReason(1_403, "Нет в наличии"), LossReason(1_405, "Спам"))
TASK_TYPES = (TaskType(1, "Связаться"), TaskType(2, "Встреча"))
