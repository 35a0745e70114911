"""The cures that operators read, in both languages, by the trouble they belong to (fact sheet, 3 and 12)."""

from __future__ import annotations

from crm.errors import Cure

INCORRECT_CLIENT = Cure(
    en="Incorrect client: the client id or secret is not the one the token was issued to, or the account is unpaid. "
    "Check amocrm.client_id and the secret in the deployment settings; if the secret was changed, get a new auth_code.",
    ru="Некорректный клиент: client_id или секрет не те, которым выдан токен, либо аккаунт не оплачен. "
    "Проверьте amocrm.client_id и секрет в настройках развёртывания; если секрет меняли, получите новый auth_code.",
)
REDIRECT_URI = Cure(
    en="Cannot decrypt the authorization code: the redirect URI differs from the one in AmoCRM's settings. "
    "Make amocrm.redirect_uri equal to it, character for character, and get a new auth_code.",
    ru="Cannot decrypt the authorization code: redirect_uri отличается от указанного в настройках интеграции AmoCRM. "
    "Сделайте amocrm.redirect_uri точно таким же и получите новый auth_code.",
)
CODE_USED = Cure(
    en="The auth_code is used or older than 20 minutes: get a new one (auth url) and exchange it at once.",
    ru="auth_code уже использован или старше 20 минут: получите новый (auth url) и сразу обменяйте его.",
)
REAUTHORIZE = Cure(
    en="401 Unauthorized: the refresh token is dead. Get a new auth_code (auth url, then auth exchange).",
    ru="401 Unauthorized: refresh-токен больше не действует. Получите новый auth_code (auth url, затем auth exchange).",
)
LONG_LIVED = Cure(
    en="401 Unauthorized: the long-lived token is wrong, revoked, expired or of another account. "
    "Make a new one on the integration's keys page and put it into the deployment settings.",
    ru="401 Unauthorized: долгосрочный токен неверен, отозван, истёк или от другого аккаунта. "
    "Создайте новый на вкладке «Ключи и доступы» интеграции и внесите его в настройки развёртывания.",
)
NO_TOKEN = Cure(
    en="There is no token yet: set the long-lived token, or authorize (auth url, then auth exchange).",
    ru="Токена ещё нет: задайте долгосрочный токен или авторизуйтесь (auth url, затем auth exchange).",
)
UNPAID = Cure(
    en="The AmoCRM account's term is over or the plan lacks this function: pay; calls resume by themselves.",
    ru="Закончилась оплата аккаунта AmoCRM или функции нет в тарифе: оплатите, обмен возобновится сам.",
)
FORBIDDEN = Cure(
    en="AmoCRM answers 403 to everything: add this server's address to the account's list of allowed IPs; "
    "if it is there, the address was blocked for too many requests: wait or write to AmoCRM's support.",
    ru="AmoCRM отвечает 403 на все запросы: внесите адрес сервера в список разрешённых IP аккаунта; "
    "если он там есть, адрес заблокирован за частые запросы: подождите или напишите в поддержку AmoCRM.",
)
NO_RIGHTS = Cure(
    en="The token's user has no right to this: give the user the right, or authorize as an administrator.",
    ru="У пользователя токена нет прав на это действие: дайте права или авторизуйтесь от имени администратора.",
)
REFUSED = Cure(
    en="AmoCRM refused the data: compare pipeline, status, responsible user and field ids with the account (doctor).",
    ru="AmoCRM отклонил данные: сверьте воронку, статус, ответственного и номера полей с аккаунтом (doctor).",
)
REDIRECTED = Cure(
    en="AmoCRM answered with a redirect: the account has moved; set the new address in amocrm.base_url.",
    ru="AmoCRM ответил перенаправлением: аккаунт переехал; укажите новый адрес в amocrm.base_url.",
)
LOOK_FIRST = Cure(
    en="The answer was lost: it is looked for in AmoCRM before it is sent again.",
    ru="Ответ потерян: перед повтором запись ищется в AmoCRM.",
)
UNREACHABLE = Cure(
    en="AmoCRM cannot be reached: check the network and amocrm.base_url; it is tried again by itself.",
    ru="AmoCRM недоступен: проверьте сеть и amocrm.base_url; попытка повторится сама.",
)
WAIT = Cure(
    en="Too many requests: all calls pause and go on by themselves.",
    ru="Слишком много запросов: обмен приостановлен и продолжится сам.",
)
