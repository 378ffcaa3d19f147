% rebase('layout', title=t('nav.contacts'), here='contacts')
<header class="page-head">
<h1>{{t('nav.contacts')}}</h1>
<a class="button" href="/contacts/new">
% icon('plus')
<span>{{t('contacts.add')}}</span></a>
</header>
<div id="toasts">
% if undo:
%   toast(t('contacts.deleted'), '/contacts/%d/restore' % undo, '/contacts')
% end
</div>
<form class="search" method="get" action="/contacts">
<label class="unseen" for="f-q">{{t('contacts.search')}}</label>
<input id="f-q" type="search" name="q" value="{{search}}" placeholder="{{t('contacts.search')}}" maxlength="80" autocomplete="off">
<button type="submit" class="plain" title="{{t('form.search')}}">
% icon('search')
<span class="unseen">{{t('form.search')}}</span></button>
</form>
% for one, two in pairs:
<div class="banner pair">
%   icon('contacts')
<p><strong>{{t('contacts.pair', first=plain(one.name), second=plain(two.name))}}</strong> {{', '.join(telephone(number.e164, number.raw) for number in one.numbers if number.e164 in [other.e164 for other in two.numbers])}}</p>
%   action('/contacts/%d/merge' % two.id, t('contacts.merge'), 'plus', [('into', one.id)])
</div>
% end
<section class="card" aria-label="{{t('nav.contacts')}}">
% if not page.rows:
%   if search:
%     empty('search', t('contacts.not_found', text=search), t('contacts.not_found_hint'))
%   else:
%     empty('contacts', t('contacts.none'), t('contacts.none_hint'))
%   end
% end
<ul class="rows">
% for contact in page.rows:
<li class="row">
<span class="initial" aria-hidden="true">{{plain(contact.name, 80)[:1].upper()}}</span>
<div>
<strong><a href="/contacts/{{contact.id}}">{{plain(contact.name)}}</a></strong>
<p class="meta">{{' · '.join(part for part in [plain(contact.company, 40)] + ['%s %s' % (t('kind.' + number.kind), telephone(number.e164, number.raw)) for number in contact.numbers[:3]] if part)}}</p>
%   if contact.id in last:
<p class="meta">{{t('contacts.last')}}
%     when(last[contact.id].started_ms, last[contact.id].utc_offset_min)
</p>
%   end
</div>
%   if contact.numbers and contact.numbers[0].e164:
%     call_back(contact.numbers[0].e164, t('call.call'))
%   end
</li>
% end
</ul>
% pager(page, address)
</section>
