% title = t('contact.edit') if contact else t('contact.new')
% rebase('layout', title=title, here='contacts')
<div id="toasts"></div>
<header class="page-head"><div>
<p class="quiet"><a href="/contacts">{{t('nav.contacts')}}</a></p>
<h1>{{plain(values['name']) if contact else title}}</h1>
% if last:
<p class="quiet"><a href="/calls?contact={{contact}}">{{t('contacts.all_calls')}}</a> · {{t('contacts.last')}}
%   when(last.started_ms, last.utc_offset_min)
 · {{t('direction.' + last.direction)}}, {{t('outcome.' + last.outcome)}}</p>
% end
</div></header>
<form method="post" action="{{'/contacts/%d' % contact if contact else '/contacts/new'}}">
% token_field()
% fault_line(fault)
% with card(t('contact.who'), 'who'):
<div class="grid-fields">
%   field(t('contact.name'), 'name', values['name'], required=True, longest=80, fault=fault)
%   field(t('contact.company'), 'company', values['company'], longest=80)
%   field(t('calls.client'), 'client', values['client'], t('contact.client_hint'), longest=80)
%   field(t('contact.sounds_like'), 'sounds_like', values['sounds_like'], t('contact.sounds_like_hint'), longest=80)
%   choice(t('contact.language'), 'language', values['language'], [('', t('contact.any_language'))] + [(key, t('language.' + key)) for key in languages])
</div>
% end
% with card(t('contact.numbers'), 'numbers'):
<p class="quiet">{{t('contact.numbers_hint')}}</p>
%   for place, line in enumerate(lines):
<fieldset class="number-line">
<legend class="unseen">{{t('contact.number_n', n=place + 1)}}</legend>
<label><span class="unseen">{{t('contact.kind')}}</span><select name="kind">
%     for kind in kinds:
<option value="{{kind}}"\\
%       if kind == line['kind']:
 selected\\
%       end
>{{t('kind.' + kind)}}</option>
%     end
</select></label>
<label><span class="unseen">{{t('contact.number')}}</span><input type="tel" name="raw" value="{{line['raw']}}" maxlength="40" autocomplete="off"></label>
<label class="tick"><input type="radio" name="default" value="{{place}}"\\
%     if line['is_default']:
 checked\\
%     end
> {{t('contact.default')}}</label>
</fieldset>
%   end
% end
% with card(t('contact.notes'), 'notes'):
<label class="unseen" for="f-notes">{{t('contact.notes')}}</label>
<textarea id="f-notes" name="notes" rows="3" maxlength="4000">{{values['notes']}}</textarea>
% end
<div class="form-buttons">
<button type="submit">{{t('form.save')}}</button>
<a class="button plain" href="/contacts">{{t('form.cancel')}}</a>
</div>
</form>
% if contact:
%   action('/contacts/%d/delete' % contact, t('contact.delete'), 'delete', [])
% end
