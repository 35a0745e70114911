// Runs under Node beside nothing of ours: what the client `@shevernitskiy/amo` sees of the sandbox, as one JSON object.
// It composes https://demo.amocrm.ru by itself; the fetch it is given leads that host to the sandbox.
"use strict";

const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");

const given = JSON.parse(readFileSync(0, "utf8"));
const { Amo } = createRequire(`${given.home}/`)("@shevernitskiy/amo");
const away = "https://demo.amocrm.ru";
const realFetch = globalThis.fetch;
globalThis.fetch = (url, init) => {
  if (!url.startsWith(away) && !url.startsWith(given.base_url)) throw new Error(`not a sandbox: ${url}`);
  return realFetch(url.replace(away, given.base_url), init);
};

const seen = {};
// An answer that this client throws is kept by its status: it throws every 204 but those to a DELETE.
async function ask(name, call, show = () => "done") {
  try {
    seen[name] = show(await call());
  } catch (error) {
    seen[name] = String(error.message).split(",")[0];
  }
}
const names = (kind) => (answer) => answer._embedded[kind].map((one) => one.name);
const ids = (kind) => (answer) => answer._embedded[kind].map((one) => one.id);

async function pipelines(amo) {
  const stage = { name: "Новая", sort: 20, color: "#fffeb2" };
  const fresh = { name: "Запчасти", sort: 3, is_main: false, is_unsorted_on: true, _embedded: { statuses: [stage] } };
  let id, status;
  await ask("pipeline added", () => amo.pipeline.addPipelines([fresh]), (a) => {
    id = a._embedded.pipelines[0].id;
    return a._embedded.pipelines[0]._embedded.statuses.map((one) => one.name);
  });
  await ask("pipeline renamed", () => amo.pipeline.updatePipelinesById(id, { name: "Станки" }), (a) => a.name);
  await ask("stage added", () => amo.pipeline.addStatuses(id, [{ name: "Собрана", sort: 30, color: "#fffeb2" }]), (a) => {
    status = a._embedded.statuses[0].id;
    return names("statuses")(a);
  });
  await ask("stage", () => amo.pipeline.getStatusesById(status, id), (a) => [a.name, a.pipeline_id === id]);
  await ask("stage changed", () => amo.pipeline.updateStatusById(status, id, { name: "Готова" }), (a) => a.name);
  await ask("stage deleted", () => amo.pipeline.deleteStatusById(status, id));
  await ask("pipeline deleted", () => amo.pipeline.deletePipelineById(id));
}

async function unsorted(amo) {
  const form = {
    source_uid: "u1",
    source_name: "Сайт",
    metadata: { form_id: "f1", form_name: "Заявка", form_page: "https://x.ru", form_sent_at: 1795530000 },
    _embedded: { leads: [{ name: "С сайта" }], contacts: [{ name: "Олег" }] },
  };
  const call = {
    source_uid: "u2",
    source_name: "АТС",
    metadata: { phone: "+79001112233", called_at: 1795530000, duration: 5, service_code: "x", link: "", from: "1", uniq: "q" },
  };
  let one, other;
  await ask("form", () => amo.unsorted.addUnsortedForm([form]), (a) => ((one = a._embedded.unsorted[0].uid), a._total_items));
  await ask("call", () => amo.unsorted.addUnsortedSip([call]), (a) => ((other = a._embedded.unsorted[0].uid), a._total_items));
  await ask("unsorted", () => amo.unsorted.getUnsorted(), (a) => a._embedded.unsorted.map((each) => each.category));
  await ask("one unsorted", () => amo.unsorted.getUnsortedByUid(one), (a) => a.source_name);
  await ask("accepted", () => amo.unsorted.acceptUnsortedByUid(one, { user_id: 12380450, status_id: 80953554 }), (a) => a._embedded.leads.length);
  await ask("declined", () => amo.unsorted.declineUnsortedByUid(other, { user_id: 12380450 }), (a) => a.category);
  await ask("summary", () => amo.unsorted.getUnsortedSummary(), (a) => [a.total, a.accepted, a.declined]);
}

async function setUp(amo) {
  let source, field;
  await ask("source added", () => amo.source.addSources([{ name: "Почта", external_id: "mail" }]), (a) => {
    source = a._embedded.sources[0].id;
    return names("sources")(a);
  });
  await ask("sources", () => amo.source.getSources(), names("sources"));
  await ask("source", () => amo.source.getSourceById(source), (a) => a.external_id);
  await ask("source changed", () => amo.source.updateSourceById(source, { name: "Письма" }), (a) => a.name);
  await ask("sources changed", () => amo.source.updateSources([{ id: source, name: "Ящик" }]), names("sources"));
  await ask("source deleted", () => amo.source.deleteSourceById(source));
  await ask("field added", () => amo.custom_fields.addCustomFields("leads", [{ name: "Срок", type: "date" }]), (a) => {
    field = a._embedded.custom_fields[0].id;
    return names("custom_fields")(a);
  });
  await ask("field", () => amo.custom_fields.getCustomFieldById(field, "leads"), (a) => a.type);
  await ask("field changed", () => amo.custom_fields.updateCustomFieldById(field, "leads", { name: "Готов к" }), (a) => a.name);
  await ask("field deleted", () => amo.custom_fields.deleteCustomFieldById(field, "leads"));
  await ask("tag added", () => amo.tag.addTags("leads", [{ name: "срочно" }]), names("tags"));
  await ask("tags", () => amo.tag.getTags("leads"), names("tags"));
  const hook = { destination: "https://x.ru/hook", settings: ["add_lead"] };
  await ask("hook added", () => amo.webhook.addWebhook(hook), (a) => a.settings);
  await ask("hooks", () => amo.webhook.getWebhooks(), (a) => a._embedded.webhooks.map((one) => one.destination));
  await ask("hook deleted", () => amo.webhook.deleteWebhook({ destination: hook.destination }));
}

async function cards(amo) {
  let lead, contact, note, task;
  await ask("lead added", () => amo.lead.addLeads([{ name: "Заказ 17", price: 5 }]), (a) => ((lead = a._embedded.leads[0].id), "done"));
  await ask("contact added", () => amo.contact.addContacts([{ name: "Иван" }]), (a) => ((contact = a._embedded.contacts[0].id), "done"));
  await ask("contact changed", () => amo.contact.updateContacts([{ id: contact, name: "Пётр" }]), names("contacts"));
  await ask("company added", () => amo.company.addCompanies([{ name: "ООО Завод" }]), (a) => a._embedded.companies.length);
  const tie = { entity_id: lead, to_entity_id: contact, to_entity_type: "contacts", metadata: { is_main: true } };
  await ask("tied", () => amo.link.addLinksByEntityType("leads", [tie]), (a) => a._embedded.links[0].metadata);
  await ask("ties", () => amo.link.getLinksByEntityType("leads", { filter: (f) => f.multi("entity_id", [lead]) }), (a) => a._total_items);
  await ask("untied", () => amo.link.deleteLinksByEntityType("leads", [tie]));
  await ask("untied again", () => amo.link.deleteLinksByEntityId(lead, "leads", [{ to_entity_id: contact, to_entity_type: "contacts" }]));
  const text = { entity_id: lead, note_type: "common", params: { text: "Письмо" } };
  await ask("note added", () => amo.note.addNotes("leads", [text]), (a) => ((note = a._embedded.notes[0].id), "done"));
  await ask("note", () => amo.note.getNotesById(note, "leads"), (a) => a.params.text);
  await ask("notes changed", () => amo.note.updateNotes("leads", [{ ...text, id: note, params: { text: "Письмо 2" } }]), (a) => a._embedded.notes.length);
  await ask("note changed", () => amo.note.updateNoteById(note, "leads", { ...text, params: { text: "Письмо 3" } }), (a) => a.id === note);
  await ask("feed", () => amo.note.getNotesByEntityId(lead, "leads"), (a) => a._embedded.notes.map((one) => one.params.text));
  const call = { text: "Позвонить", complete_till: 1795600000, entity_id: lead, entity_type: "leads" };
  await ask("task added", () => amo.task.addTasks([call]), (a) => ((task = a._embedded.tasks[0].id), "done"));
  await ask("task changed", () => amo.task.updateTaskById(task, { text: "Перезвонить" }), (a) => a.id === task);
  await ask("tasks completed", () => amo.task.completeTasks([{ id: task, is_completed: true, result: { text: "Да" } }]), (a) => a._embedded.tasks.length);
  await ask("tasks", () => amo.task.getTasks(), (a) => a._embedded.tasks.map((one) => [one.text, one.result.text]));
  await files(amo, lead);
  return lead;
}

async function files(amo, lead) {
  const drive = amo.file(`${given.base_url}/drive`);
  let uuid;
  const session = { file_name: "spec.pdf", file_size: 3, content_type: "application/pdf" };
  // Its own way to send a part is a GET without a body: the part goes to the address of the session by hand.
  await ask("file", async () => (await fetch((await drive.createSession(session)).upload_url, { method: "POST", body: "abc" })).json(), (a) => ((uuid = a.uuid), a.name));
  await ask("file by uuid", () => drive.getFileByUUID(uuid), (a) => a.size);
  await ask("file renamed", () => drive.updateFileByUUID(uuid, { name: "чертёж.pdf" }), (a) => a.name);
  await ask("file attached", () => drive.linkEntityFiles(lead, "leads", [{ file_uuid: uuid }]));
  await ask("files of a lead", () => drive.getEntityFiles(lead, "leads"), (a) => a._embedded.files[0].file_uuid === uuid);
  await ask("leads of a file", () => drive.getFileEntities(uuid), (a) => a._embedded.links.map((one) => one.entity_type));
  await ask("file detached", () => drive.unlinkEntityFiles(lead, "leads", [{ file_uuid: uuid }]));
  await ask("files", () => drive.getFiles(), (a) => a._embedded.files.map((one) => one.name));
  await ask("files deleted", () => drive.deleteFiles([{ uuid }]));
}

(async () => {
  const oauth = { client_id: given.client_id, client_secret: given.client_secret, redirect_uri: given.redirect_uri };
  const amo = new Amo("demo.amocrm.ru", { ...oauth, grant_type: "authorization_code", code: given.code }, { request_delay: 0 });
  await ask("account", () => amo.account.getAccount({ with: ["drive_url"] }), (a) => a.id);
  await pipelines(amo);
  await unsorted(amo);
  await setUp(amo);
  const lead = await cards(amo);
  await ask("refused", () => amo.lead.addLeads([{ status_id: 1 }]));
  await ask("missing", () => amo.lead.getLeadById(1));
  await ask("user", () => amo.user.getUserById(12380454), (a) => a.name);
  await ask("events", () => amo.event.getEvents({ filter: (f) => f.multi("entity_id", [lead]) }), (a) => a._embedded.events.length > 0);
  console.log(JSON.stringify(seen));
})();
